import { Worker } from 'node:worker_threads';
import { requirablePath } from '../runtime.ts';

/**
 * What each thread runs. It is text, so that the library can be bundled: a bundler would not find a file. It answers `{ inputs }`
 * when the network is loaded, and then each message `{ data, dims, output }` with the tensor; instead of either, `{ error }`.
 */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const answer = async (work) => {
  try {
    return await work();
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
};
(async () => {
  let ort, session;
  parentPort.postMessage(await answer(async () => {
    ort = require(workerData.ort);
    session = await ort.InferenceSession.create(workerData.model, workerData.options);
    workerData.model = undefined; // the session has the weights
    return { inputs: session.inputMetadata };
  }));
  parentPort.on('message', async (message) => {
    if (message === 'close') {
      await session?.release();
      parentPort.close();
      return;
    }
    const { data, dims, output } = message;
    parentPort.postMessage(await answer(async () => {
      const input = new ort.Tensor('float32', data, dims);
      const { [output]: result } = await session.run({ [session.inputNames[0]]: input }, [output]);
      return { data: result.data, dims: result.dims, type: result.type };
    }));
  });
})();
`;

/** A network with what its threads need. */
export interface ThreadedNetwork {
  readonly model: Uint8Array;
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
  readonly threads: number;
}

/** An input, as onnxruntime describes it. An extent is a number when it is fixed, else a name or -1. */
export interface NetworkInput {
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** A tensor that a network gave. */
export interface NetworkTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly type: string;
}

/** A network could not be loaded, or failed. The message is that of onnxruntime. */
export class NetworkFailure extends Error {
  override readonly name = 'NetworkFailure';
}

/** Each thread has the weights once more. */
const MOST_THREADS = 8;
const MOST_BYTES = 2 ** 30;

/**
 * A network on threads of its own: onnxruntime computes on the thread that asks, which must not be that of the event loop. Each
 * thread has a session and does one input at a time. That is faster than one session on all processors, and a result has the same bits
 * for any number of threads. A thread starts when there is an input that no other can take.
 */
export class NetworkThreads {
  /** What the network takes. */
  readonly inputs: readonly NetworkInput[];
  /** Inputs that can be computed at the same time. */
  readonly parallel: number;
  readonly #network: ThreadedNetwork;
  readonly #all: Promise<NetworkThread>[];
  readonly #idle: NetworkThread[];
  readonly #waiting: ((thread: NetworkThread) => void)[] = [];

  private constructor(network: ThreadedNetwork, first: NetworkThread, parallel: number) {
    this.#network = network;
    this.parallel = parallel;
    this.#all = [Promise.resolve(first)];
    this.#idle = [first];
    this.inputs = first.inputs;
  }

  /** @throws NetworkFailure when the network cannot be loaded. */
  static async open(network: ThreadedNetwork): Promise<NetworkThreads> {
    const parallel = threadsFor(network);
    return new NetworkThreads(network, await NetworkThread.start(network, parallel), parallel);
  }

  /**
   * The tensor `output` for one input.
   *
   * @param data is empty afterwards.
   * @throws NetworkFailure.
   */
  async run(data: Float32Array, dims: readonly number[], output: string): Promise<NetworkTensor> {
    const thread = await this.#take();
    try {
      return await thread.run(data, dims, output);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(thread);
      else next(thread);
    }
  }

  /** Ends the threads, each when it has computed what it is computing. */
  async close(): Promise<void> {
    const started = await Promise.allSettled(this.#all);
    await Promise.all(started.map((one) => one.status === 'fulfilled' && one.value.close()));
  }

  async #take(): Promise<NetworkThread> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.length === this.parallel) return new Promise((resolve) => this.#waiting.push(resolve));
    const started = NetworkThread.start(this.#network, this.parallel);
    this.#all.push(started);
    return started;
  }
}

function threadsFor({ model, externalData, threads }: ThreadedNetwork): number {
  const bytes = externalData.reduce((sum, { data }) => sum + data.length, model.length);
  return Math.max(1, Math.min(threads, MOST_THREADS, Math.floor(MOST_BYTES / bytes)));
}

/** One thread with its session. */
class NetworkThread {
  inputs: readonly NetworkInput[] = [];
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #state: 'open' | 'closing' | 'ended' = 'open';
  #resolve: (answer: unknown) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer) => this.#resolve(answer));
    worker.on('error', (error) => this.#reject(error));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#state = 'ended';
        this.#reject(new NetworkFailure('its thread has ended'));
        resolve();
      });
    });
  }

  static async start({ model, externalData, threads }: ThreadedNetwork, of: number): Promise<NetworkThread> {
    const options = {
      executionProviders: ['cpu'],
      // A user cannot act on the optimizer's warnings about the model.
      logSeverityLevel: 3,
      intraOpNumThreads: Math.max(1, Math.floor(threads / of)),
      interOpNumThreads: 1,
      ...(externalData.length > 0 ? { externalData } : {}),
    };
    const workerData = { ort: requirablePath('onnxruntime-node'), model, options };
    const thread = new NetworkThread(new Worker(THREAD, { eval: true, workerData }));
    try {
      thread.inputs = (await thread.#answer<{ inputs: readonly NetworkInput[] }>()).inputs;
    } catch (error) {
      await thread.close();
      throw error;
    }
    return thread;
  }

  run(data: Float32Array, dims: readonly number[], output: string): Promise<NetworkTensor> {
    const answer = this.#answer<NetworkTensor>();
    if (this.#state === 'open')
      this.#worker.postMessage({ data, dims, output }, [data.buffer as ArrayBuffer]);
    return answer;
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#worker.ref();
      this.#worker.postMessage('close');
    }
    await this.#ended;
  }

  /** The next message. A thread that nobody waits for does not keep the process alive. */
  async #answer<T>(): Promise<T> {
    if (this.#state !== 'open') throw new NetworkFailure('its thread has ended');
    this.#worker.ref();
    try {
      const answer = await new Promise<unknown>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
      const { error } = answer as { error?: string };
      if (error !== undefined) throw new NetworkFailure(error);
      return answer as T;
    } finally {
      if (this.#state === 'open') this.#worker.unref();
    }
  }
}
