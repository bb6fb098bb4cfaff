import { setTimeout as sleep } from 'node:timers/promises';
import { PartFile } from './part-file.ts';
import { RequestError } from './request.ts';
import { type Download, Transfer } from './transfer.ts';

/** A download has made progress, and its failures are forgotten, when that many bytes came. */
const PROGRESS_BYTES = 1 << 20;

/**
 * Fetches a file: continues what an earlier call left, tries again when a connection fails, compares length and checksum, and puts the
 * file into its place when all of it is there and right.
 *
 * @throws RequestError for the last address, whose `url` is in `tried`; the reason of `signal`; the error of the file system. What
 *   came is kept for the next call, unless it was wrong.
 */
export async function download(job: Download, tried: (url: string) => void): Promise<void> {
  const part = await PartFile.open(job.file);
  let complete = false;
  try {
    await fromAnyAddress(job, part, tried);
    complete = true;
  } finally {
    if (complete) await part.finish();
    else await part.close();
  }
}

async function fromAnyAddress(job: Download, part: PartFile, tried: (url: string) => void): Promise<void> {
  // The address of what is there comes first: it can be continued.
  const begun = part.version?.url;
  const urls = [...job.urls].sort((a, b) => Number(b === begun) - Number(a === begun));
  for (const [i, url] of urls.entries()) {
    tried(url);
    try {
      return await fromAddress(new Transfer(job, part, url));
    } catch (error) {
      if (!(error instanceof RequestError) || i === urls.length - 1) throw error;
      job.onNote(`${error.message}; trying ${new URL(urls[i + 1]).host}`);
    }
  }
}

async function fromAddress(transfer: Transfer): Promise<void> {
  const { job, part } = transfer;
  const { attempts, firstWait, longestWait } = job.patience;
  for (let failures = 0; ; ) {
    const before = part.length;
    try {
      await transfer.run();
      return;
    } catch (error) {
      if (!(error instanceof RequestError) || error.kind === 'refused') throw error;
      if (error.kind === 'unreachable' && !transfer.answered) throw error;
      failures = part.length - before >= PROGRESS_BYTES ? 1 : failures + 1;
      if (failures >= attempts) throw error;
      const wait = error.after ?? firstWait * 2 ** (failures - 1);
      if (wait > longestWait && error.after !== undefined)
        throw new RequestError('refused', `${error.message}, and asks to wait ${Math.ceil(wait / 1000)} s`);
      const pause = Math.min(wait, longestWait);
      job.onNote(`${error.message}; trying again in ${(pause / 1000).toPrecision(2)} s`);
      await sleep(pause, undefined, job.signal && { signal: job.signal }).catch(() => {
        job.signal?.throwIfAborted();
      });
    }
  }
}
