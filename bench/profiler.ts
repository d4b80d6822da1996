/** Loaded into Chasqui before its own code: SIGUSR2 starts a CPU profile, the next one writes it to `PROFILE_FOLDER` (the name: profile.ts). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

const folder = process.env.PROFILE_FOLDER ?? '.';
const session = new Session();
session.connect();
let running = false;

process.on('SIGUSR2', () => {
  if (!running) {
    running = true;
    session.post('Profiler.enable');
    session.post('Profiler.start');
    return;
  }
  running = false;
  session.post('Profiler.stop', (error, result) => {
    if (error) throw error;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'chasqui.cpuprofile'), JSON.stringify(result.profile));
  });
});
