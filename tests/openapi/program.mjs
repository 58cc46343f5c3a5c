// The real program in a data folder of its own, and one HTTP request to it.
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = join(root, 'build/release/saiduan');

// The shipped configuration with some parts replaced, and a data folder with its recovery key.
export function new_data_folder(changes) {
    const folder = mkdtempSync(join(tmpdir(), 'saiduan-answers-'));
    const settings = JSON.parse(readFileSync(join(root, 'config/saiduan.json')));
    for (const part of ['agencies', 'locales', 'triage', 'geo'])
        settings[part] = join(root, 'config', settings[part]);
    const station = {data: join(folder, 'data'), config: join(folder, 'saiduan.json'), folder};
    writeFileSync(station.config, JSON.stringify({...settings, ...changes}));
    const said = execFileSync(binary, ['init', ...paths(station)]).toString();
    station.recovery_key = join(folder, 'recovery.txt');
    writeFileSync(station.recovery_key, /^recovery key (.*)$/m.exec(said)[1]);
    return station;
}

const paths = station => ['--config', station.config, '--data', station.data];

export function remove(station) {
    rmSync(station.folder, {recursive: true, force: true});
}

// A staff token's secret. Only while no server runs on the folder.
export function make_token(station, agency, role) {
    const who = ['--agency', agency, '--role', role, '--label', `${agency} ${role}`,
        '--recovery-key-file', station.recovery_key];
    return execFileSync(binary, ['token', ...paths(station), ...who]).toString().trim();
}

// Starts to serve; resolves to {port, stop} once it listens.
export async function serve(station) {
    const ports = ['--port', '0', '--operations-port', '0'];
    const child = spawn(binary, ['serve', ...paths(station), ...ports],
        {stdio: ['ignore', 'pipe', 'ignore']});
    const ended = new Promise(resolve => child.once('exit', resolve));
    const stop = async () => {
        child.kill('SIGTERM');
        await ended;
    };
    for await (const line of createInterface({input: child.stdout})) {
        const listening = /^listening on .*:(\d+)$/.exec(line);
        if (listening)
            return {port: Number(listening[1]), stop};
    }
    throw new Error('the program ended before it listened');
}

// Resolves to {status, headers, text}. `until` ends a stream once the text so far satisfies it.
// `body` null with a Content-Length announces a body that never comes.
export function ask(port, {method, path, headers = {}, body, until}) {
    return new Promise((resolve, reject) => {
        // Said by hand: Node sends the body of a DELETE without a length.
        const length = body ? {'Content-Length': Buffer.byteLength(body)} : {};
        const message = request({host: '127.0.0.1', port, method, path, agent: false,
            headers: {...length, ...headers}});
        message.once('error', reject);
        message.once('response', answer => {
            let text = '';
            const done = () => {
                resolve({status: answer.statusCode, headers: answer.headers, text});
                message.destroy();
            };
            answer.setEncoding('utf8');
            answer.on('data', piece => {
                text += piece;
                if (until?.(text))
                    done();
            });
            answer.once('end', done);
        });
        if (body === null)
            message.flushHeaders();
        else
            message.end(body);
    });
}
