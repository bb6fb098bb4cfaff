export function findZig(folder: string): string | undefined;
export function writeTools(
  folder: string,
  zig: string,
  target: string,
): { cc: string; cxx: string; ar: string; ranlib: string; rc: string };
