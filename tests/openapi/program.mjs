// The real program in a data folder of its own, and one HTTP request to it.
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = join(root, 'build/release/saiduan');
const configuration = ['--config', join(root, 'config/saiduan.json')];

export function new_data_folder() {
    const data = join(mkdtempSync(join(tmpdir(), 'saiduan-answers-')), 'data');
    execFileSync(binary, ['init', ...configuration, '--data', data]);
    return data;
}

export function remove(data) {
    rmSync(join(data, '..'), {recursive: true, force: true});
}

// A staff token's secret. Only while no server runs on the folder.
export function make_token(data, agency, role) {
    const who = ['--agency', agency, '--role', role, '--label', `${agency} ${role}`];
    return execFileSync(binary, ['token', ...configuration, '--data', data, ...who]).toString().trim();
}

// Starts to serve; resolves to {port, stop} once it listens.
export async function serve(data) {
    const ports = ['--port', '0', '--operations-port', '0'];
    const child = spawn(binary, ['serve', ...configuration, '--data', data, ...ports],
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
        const message = request({host: '127.0.0.1', port, method, path, headers, agent: false});
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
