/** What every `onProgress` receives, at most every 50 ms and once at the end. Some calls add more fields. */
export interface Progress {
  /** The current phase. */
  readonly phase: string;
  /** Share of the whole call that is done, in [0, 1]. It never falls. */
  readonly fraction: number;
}

export type OnProgress = (progress: Progress) => void;

/** How a call is watched and stopped. */
export interface CallControl {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
}

/** The control of a kernel that does one phase of a call. During the phase, progress moves from one share of the call to another. */
export function phaseControl({ signal, onProgress }: CallControl, phase: string, from = 0, to = 1) {
  return {
    signal,
    onProgress: onProgress && ((done: number) => onProgress({ phase, fraction: from + (to - from) * done })),
  };
}
