/** A folder in which statewire is installed, and programs that run in it, with and without `statewire/register`. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const patience = 60_000;

export interface Ended {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  /** Of node, before the file. */
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** The one flag. */
export const registered = ['--import', 'statewire/register'];

export class Project {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'statewire-register-')));

  async build(): Promise<void> {
    const installed = join(this.folder, 'node_modules', 'statewire');
    mkdirSync(installed, { recursive: true });
    cpSync(join(root, 'package.json'), join(installed, 'package.json'));
    await promisify(execFile)(process.execPath, ['scripts/build.mjs', join(installed, 'dist')], { cwd: root });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
  }

  run(file: string, { flags = [], env = {} }: Options = {}): Promise<Ended> {
    const { NODE_OPTIONS: _, NODE_DEBUG: __, ...clean } = process.env;
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [...flags, file],
        { cwd: this.folder, env: { ...clean, ...env }, timeout: patience },
        (error, stdout, stderr) => resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr }),
      );
    });
  }

  /** Runs a program under `register`. It must end well, and print nothing on stderr. @returns what it prints */
  async printed(text: string, { flags = registered, ...options }: Options = {}, file = 'program.cjs'): Promise<string> {
    this.write({ [file]: text });
    const { code, stdout, stderr } = await this.run(file, { flags, ...options });
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    return stdout.trim();
  }

  /**
   * Runs a program on node:http and under `register`: both must end well and print the same, and something.
   * @returns what they print
   */
  async both(text: string, { flags = [], env }: Options = {}, file = 'program.cjs'): Promise<string> {
    this.write({ [file]: text });
    const options = env === undefined ? {} : { env };
    const host = await this.run(file, { flags, ...options });
    expect(host.code, host.stderr).toBe(0);
    expect(host.stdout).not.toBe('');
    const ours = await this.run(file, { flags: [...registered, ...flags], ...options });
    expect(ours).toEqual(host);
    return host.stdout.trim();
  }
}
