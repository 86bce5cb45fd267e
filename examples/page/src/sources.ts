/** The sources of films: the sample, a file, the camera. */

/** Stops the source before. */
function clear(video: HTMLVideoElement): void {
  const { srcObject } = video;
  if (srcObject instanceof MediaStream) for (const track of srcObject.getTracks()) track.stop();
  if (video.src.startsWith("blob:")) URL.revokeObjectURL(video.src);
  video.srcObject = null;
}

export async function openSample(video: HTMLVideoElement): Promise<void> {
  clear(video);
  video.src = "./sample.webm";
}

export async function openFilm(video: HTMLVideoElement, file: File): Promise<void> {
  clear(video);
  video.src = URL.createObjectURL(file);
}

/** @throws where there is no camera, or the user does not allow its use. */
export async function openCamera(video: HTMLVideoElement): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  clear(video);
  video.removeAttribute("src");
  video.srcObject = stream;
}
