/** Checks of what Chasqui stands on: its configuration, Node, the port. */
import { createServer } from 'node:net';
import { type ConfigReport, describePlatforms, describeProblem } from '../../config/load.ts';
import type { Finding, Probe } from './doctor.ts';
import { atLeast } from './version.ts';

/** Type stripping without a flag came with 22.18. */
const LEAST_NODE = '22.18';
const ANSWER_MS = 3_000;

export function nodeProbe(version: string): Probe {
  const area = 'Node';
  const right: Finding = { area, state: 'ok', detail: version };
  const old: Finding = {
    area,
    state: 'wrong',
    detail: `${version} is too old`,
    advice: `Chasqui needs ${LEAST_NODE} or newer; \`npm run setup\` installs one for it`,
  };
  return { area, run: () => [atLeast(version, LEAST_NODE) ? right : old] };
}

/** Every problem and warning of the configuration, and what is off. */
export function configurationProbe({ config, problems }: ConfigReport): Probe {
  const area = 'Configuration';
  return {
    area,
    run: () => [
      ...problems.map((problem): Finding => ({ area, state: 'wrong', detail: describeProblem(problem) })),
      ...config.warnings.map((detail): Finding => ({ area, state: 'warning', detail })),
      ...(problems.length > 0
        ? []
        : [{ area, state: 'ok' as const, detail: `this process runs ${[...config.roles].join(', ')}` }]),
      ...describePlatforms(config)
        .filter(({ on }) => !on)
        .map(({ name, needs }): Finding => ({ area, state: 'off', detail: `${name} is off`, advice: needs })),
    ],
  };
}

/** Whether a proxy is asked, and what does not ask it. Says nothing where no proxy is set. */
export function proxyProbe(env: NodeJS.ProcessEnv): Probe {
  const area = 'Proxy';
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((variable) => env[variable]);
  return {
    area,
    run() {
      if (!name) return [];
      if (env.NODE_USE_ENV_PROXY !== '1')
        return [{ area, state: 'warning', detail: `${name} is not used`, advice: 'set NODE_USE_ENV_PROXY=1' }];
      const detail = `${name} is used for HTTP; WebSockets (Socket Mode, gateways), Redis and browsers connect directly`;
      return [{ area, state: 'ok', detail }];
    },
  };
}

/** The same probe, unless what it looks at has a problem that the configuration already told. */
export function unless(probe: Probe, { problems }: ConfigReport, settings: readonly string[]): Probe {
  const told = problems.find(({ setting }) => settings.includes(setting));
  if (!told) return probe;
  const detail = `not checked, since ${told.setting} is wrong (above)`;
  return { area: probe.area, run: () => [{ area: probe.area, state: 'off', detail }] };
}

/** Whether the HTTP server can listen there, or already does. */
export function portProbe({ host, port }: { host: string; port: number }): Probe {
  const area = 'HTTP port';
  return {
    area,
    async run() {
      const code = await tryToListen(host, port);
      const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      if (code === undefined) return [{ area, state: 'ok', detail: `${at} is free` }];
      if (code === 'EADDRINUSE') return [await whoIsThere(area, at)];
      const advice: Record<string, string> = {
        EACCES: 'ports below 1024 need special rights: set PORT to another, such as 3000',
        EADDRNOTAVAIL: 'HOST is no address of this machine: set it to 127.0.0.1 or 0.0.0.0',
        ENOTFOUND: 'HOST is a name that nobody knows: set it to 127.0.0.1 or 0.0.0.0',
      };
      return [{ area, state: 'wrong', detail: `cannot listen on ${at} (${code})`, advice: advice[code] }];
    },
  };
}

/** The error's code, or undefined when it works. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function whoIsThere(area: string, at: string): Promise<Finding> {
  const other: Finding = {
    area,
    state: 'wrong',
    detail: `${at} is taken by another program`,
    advice: 'end it, or set PORT to another port',
  };
  const address = at.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
  try {
    const response = await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const { ready, parts } = (await response.json()) as { ready?: unknown; parts?: unknown };
    if (typeof ready !== 'boolean' || !Array.isArray(parts)) return other;
    if (ready) return { area, state: 'ok', detail: `Chasqui runs at ${at}` };
    const waiting = parts.filter((part) => !part.ready).map((part) => part.name);
    return { area, state: 'warning', detail: `Chasqui runs at ${at}, not ready: ${waiting.join(', ')}` };
  } catch {
    return other; // It speaks no HTTP, or answers with something else.
  }
}
