/** The message when a loss stops being finite: in a step of an epoch (both from 0), or on the held-out rows after it. */
export function notFinite(epoch: number, step?: number): Error {
  const [loss, place] =
    step === undefined ? ['validation loss', 'after'] : ['loss', `in step ${step + 1} of`];
  return new Error(
    `The ${loss} stopped being a finite number ${place} epoch ${epoch + 1}: scale the columns to variances from 1 to 10, ` +
      'lower `learningRate` or set `clipNorm`',
  );
}
