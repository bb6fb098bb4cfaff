export function debianSource(name: string, folder: string): string;
export function debianPackages(
  names: readonly string[],
  architecture: string,
  folder: string,
  release?: string,
): string;
