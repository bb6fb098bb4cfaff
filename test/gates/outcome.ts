/** How a gate ended. */
export interface Outcome {
  /** The command succeeded, and something was measured or a test passed: vitest and ctest succeed even if no test matches a filter. */
  readonly passed: boolean;
  readonly figures: readonly string[];
}

/** @param told What the gate itself measured; without, the tests that passed are counted in the output. */
export function outcome(status: number | null, output: string, told: readonly string[]): Outcome {
  const figures = told.length > 0 ? told : counted(output);
  return { passed: status === 0 && figures.length > 0, figures };
}

/** How many tests of vitest or ctest passed, or nothing if none did. */
function counted(output: string): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: vitest colors its output
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
  const vitest = /Tests\s+(.*\b[1-9]\d* passed.*)/.exec(plain)?.[1];
  const ctest = /(\d+% tests passed.*out of [1-9].*)/.exec(plain)?.[1];
  const found = vitest ?? ctest;
  return found ? [`tests: ${found.trim()}`] : [];
}
