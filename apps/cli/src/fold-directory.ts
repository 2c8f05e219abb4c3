import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /^verify-(\d+)$/;

/**
 * A directory of this process for what it folds afresh, beside the data, where there is room for as much
 * again. What a process left behind that was killed is removed.
 */
export function makeFoldDirectory(dataDirectory: string): string {
  mkdirSync(dataDirectory, { recursive: true });
  for (const name of readdirSync(dataDirectory)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    rmSync(join(dataDirectory, name), { recursive: true, force: true });
  }
  const path = join(dataDirectory, `verify-${process.pid}`);
  mkdirSync(path, { recursive: true });
  return path;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is somebody else's, and so not one of ours that was left behind.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
