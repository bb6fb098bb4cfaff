/** Where a file is until it is complete. */
export function partOf(file: string): string {
  return `${file}.part`;
}

/** What says how much of it is there, and what it belongs to. */
export function recordOf(file: string): string {
  return `${file}.part.json`;
}
