import { expect, test } from 'vitest';
import { abortable } from '../../src/files/breathe.ts';
import { gatherAll } from '../support/bytes.ts';

async function* counting(closed: () => void, last: number): AsyncGenerator<number> {
  try {
    for (let i = 1; i <= last; i++) yield i;
    await new Promise((resolve) => setTimeout(resolve, 50));
    yield 0;
  } finally {
    closed();
  }
}

test('abortable gives all items, and closes the stream', async () => {
  let closed = 0;
  const items = abortable(
    counting(() => closed++, 3),
    new AbortController().signal,
  );
  expect(await gatherAll(items)).toEqual([1, 2, 3, 0]);
  expect(closed).toBe(1);
});

test('an abort ends the wait for an item, and closes the stream once that arrives', async () => {
  let close = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const controller = new AbortController();
  const reason = new Error('stopped');
  const seen: number[] = [];
  const reading = (async () => {
    for await (const item of abortable(counting(close, 2), controller.signal)) {
      seen.push(item);
      if (item === 2) setTimeout(() => controller.abort(reason), 1);
    }
  })();
  await expect(reading).rejects.toBe(reason);
  expect(seen).toEqual([1, 2]);
  await closed;
});

test('a reader that stops early closes the stream, and an error of the stream arrives', async () => {
  let closed = 0;
  const { signal } = new AbortController();
  for await (const _ of abortable(
    counting(() => closed++, 3),
    signal,
  ))
    break;
  expect(closed).toBe(1);
  // biome-ignore lint/correctness/useYield: fails at once
  const failing = async function* (): AsyncGenerator<number> {
    throw new Error('damaged');
  };
  await expect(gatherAll(abortable(failing(), signal))).rejects.toThrow('damaged');
});

test('after an abort no item is read', async () => {
  let closed = 0;
  await expect(
    gatherAll(
      abortable(
        counting(() => closed++, 3),
        AbortSignal.abort(),
      ),
    ),
  ).rejects.toThrow('aborted');
  expect(closed).toBe(0);
});
