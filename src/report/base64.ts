/** Bytes as base64, in Node and in browsers. */
export function base64(bytes: Uint8Array): string {
  const chunk = 0x8000; // a call takes only so many arguments
  let text = "";
  for (let from = 0; from < bytes.length; from += chunk) {
    text += String.fromCharCode(...bytes.subarray(from, from + chunk));
  }
  return btoa(text);
}
