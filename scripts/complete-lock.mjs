// Completes package-lock.json after `npm install` against a registry mirror that serves only this platform's binaries: npm then
// leaves the other platforms' optional packages out of the lock, and `npm ci` refuses it. Their versions are the exact ones that
// their parents ask for; their os, cpu and libc are in their names.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPU = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (Object.hasOwn(lock.packages, path)) continue;
    const words = name.split(/[/-]/);
    const os = OS.filter((word) => words.includes(word));
    const cpu = CPU.filter((word) => words.includes(word));
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) || os.length + cpu.length === 0) {
      throw new Error(`cannot complete ${name}@${version}: its version or platform is not exact`);
    }
    const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
    lock.packages[path] = {
      version,
      ...(cpu.length > 0 && { cpu }),
      ...(libc.length > 0 && { libc }),
      ...(parent.dev === true && { dev: true }),
      optional: true,
      ...(os.length > 0 && { os }),
    };
    console.log(`added ${name}@${version}`);
  }
}

const paths = Object.keys(lock.packages).toSorted((a, b) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries(paths.map((path) => [path, lock.packages[path]]));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
