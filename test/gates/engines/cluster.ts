import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './port.ts';

export interface Cluster {
  readonly url: string;
  stop(): Promise<void>;
}

/** A standalone cluster on this machine: a master and two workers of one core and 2 GB, by the Spark in a virtual environment. */
export async function startCluster(python: string, folder: string): Promise<Cluster> {
  const find = 'import os, pyspark; print(os.path.dirname(pyspark.__file__))';
  const home = execFileSync(python, ['-c', find], { encoding: 'utf8' }).trim();
  const running: ChildProcess[] = [];
  const start = async (kind: 'master.Master' | 'worker.Worker', args: readonly string[], ready: RegExp) => {
    const options = ['--host', '127.0.0.1', '--webui-port', '0', ...args];
    const child = spawn(join(home, 'bin/spark-class'), [`org.apache.spark.deploy.${kind}`, ...options], {
      env: {
        ...process.env,
        SPARK_HOME: home,
        SPARK_LOCAL_IP: '127.0.0.1',
        SPARK_DAEMON_MEMORY: '512m',
        PYSPARK_PYTHON: python,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.push(child);
    for await (const line of createInterface(child.stderr)) if (ready.test(line)) break;
    child.stderr.resume();
    if (child.exitCode !== null) throw new Error(`${kind} ended with ${child.exitCode}`);
  };
  const stop = async () => {
    const ends = running.filter((child) => child.exitCode === null).map((child) => once(child, 'exit'));
    for (const child of [...running].reverse()) child.kill();
    await Promise.all(ends);
  };
  try {
    const port = await freePort();
    const url = `spark://127.0.0.1:${port}`;
    await start('master.Master', ['--port', String(port)], /elected leader|Starting Spark master/);
    for (const number of [1, 2]) {
      const work = join(folder, `worker-${number}`);
      const size = ['--cores', '1', '--memory', '2g', '--work-dir', work];
      await start('worker.Worker', [...size, url], /Successfully registered/);
    }
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
