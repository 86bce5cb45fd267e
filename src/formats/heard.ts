/**
 * Awaits `work`, but no longer than until the signal aborts.
 * @throws the signal's reason; whatever `work` throws.
 */
export async function heard<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let stop!: () => void;
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(signal.reason as Error);
      signal.addEventListener("abort", stop);
      work.then(resolve, reject);
      if (signal.aborted) stop();
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
