// Asks the real program for every status of every operation in gateway/openapi.yaml and holds each
// answer against the document. Fails on a status that is documented and not seen, or the reverse.
import assert from 'node:assert/strict';
import {closeSync, openSync, statSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {check_answer, check_request, documented, operations} from './contract.mjs';
import {ask, make_token, new_data_folder, remove, serve} from './program.mjs';

const body_bytes_max = 256 * 1024;
const seen = new Set();
let port = 0;
let answers = 0;
const tokens = {};

// `path` fills the {…} parts in order; `json` is sent as the body; `who` names a token.
async function see(id, status, {path = [], query = '', who, headers = {}, json, body, until} = {}) {
    const {method, path: pattern} = operations[id];
    const values = [...path];
    const sent = json === undefined ? body : JSON.stringify(json);
    const answer = await ask(port, {
        method,
        path: pattern.replace(/\{\w+\}/g, () => values.shift()) + query,
        headers: {
            ...(who ? {Authorization: `Bearer ${tokens[who]}`} : {}),
            ...(sent === undefined ? {} : {'Content-Type': 'application/json'}),
            ...headers,
        },
        body: sent,
        until,
    });
    const value = check_answer(id, answer);
    assert.equal(answer.status, status, `${id} answers ${answer.text}`);
    if (status < 300)
        check_request(id, json);
    seen.add(`${id} ${status}`);
    ++answers;
    return {value, ...answer};
}

const everything = {
    text: 'They lock us in right now and beat us, they keep my passport. I am 15. Call 081 234 5678.',
    language: 'en', happening_now: true, categories: ['confinement', 'wage_withholding'],
    location: {latitude: 13.5475, longitude: 100.2744, accuracy_m: 30, at: '2026-11-23T14:00:00Z',
        description: 'pier 3'},
    reporter: {role: 'victim', name: 'N', phone: '081 234 5678', sex: 'female', age: 15,
        nationality: 'MMR'},
    contact: {safe: true, methods: ['call'], hours: [{from: '20:00', to: '22:00'}], code_word: 'rain',
        voicemail: false},
    victims: [{sex: 'female', age: 15, nationality: 'MMR'}],
    accused: {name: 'A', employer: 'E', phone: '1', vehicle: 'V'},
    officer: {sex: 'female', languages: ['my']}, exclude: ['ticac'], consent: 'confidential',
};
const wages = {text: 'They do not pay us', location: {latitude: 4, longitude: 90}};

const too_large = {
    body: null,
    headers: {'Content-Type': 'application/json', 'Content-Length': String(body_bytes_max + 1)},
};
const not_json = {body: 'x=1', headers: {'Content-Type': 'text/plain'}};

async function file_complaints() {
    await see('fileComplaint', 201, {json: everything});
    await see('fileComplaint', 201, {json: {categories: ['wage_withholding']}});
    const once = {json: wages, headers: {'Idempotency-Key': '"once"'}};
    const first = await see('fileComplaint', 201, once);
    assert.equal(first.headers['idempotency-replayed'], undefined);
    assert.equal((await see('fileComplaint', 201, once)).headers['idempotency-replayed'], 'true');
    await see('fileComplaint', 422, {...once, json: {...wages, text: 'another'}});
    await see('fileComplaint', 422, {json: {txt: 'x', location: {latitude: 99}}});
    await see('fileComplaint', 400, {body: '{'});
    await see('fileComplaint', 413, too_large);
    await see('fileComplaint', 415, not_json);
}

async function refuse_staff(id, path, wrong_path) {
    await see(id, 400, {path, who: 'dispatcher', query: '?a=%zz'});
    await see(id, 401, {path});
    await see(id, 403, {path, who: 'analyst'});
    await see(id, 404, {path: wrong_path, who: 'dispatcher'});
}

async function read_queue() {
    const mine = {path: ['labour'], who: 'dispatcher'};
    const page = await see('listCases', 200, {...mine, query: '?limit=1'});
    assert.equal(page.value.cases.length, 1);
    await see('listCases', 200, {...mine, query: `?limit=1&after=${page.value.next}`});
    const seen_tag = {'If-None-Match': page.headers.etag};
    await see('listCases', 304, {...mine, headers: seen_tag});
    await see('listCases', 200, {...mine, headers: {Prefer: 'wait=1'}});
    await see('listCases', 422, {...mine, query: '?limit=0&nonsense=1'});
    await refuse_staff('listCases', ['labour'], ['police']);
    const replay = {headers: {'Last-Event-ID': '0'}, until: text => text.includes('"labour"}\n\n')};
    await see('streamQueue', 200, {...mine, ...replay});
    await refuse_staff('streamQueue', ['labour'], ['police']);
    return (await see('listCases', 200, mine)).value.cases.at(-1).id;
}

// The ways in which any step of a waiting case can be wrong.
async function refuse_step(id, case_id, json) {
    const step = {path: [case_id], who: 'dispatcher', headers: {'If-Match': '"v1"'}};
    await see(id, 400, {...step, body: '{'});
    await see(id, 401, {...step, who: undefined, json});
    await see(id, 403, {...step, who: 'analyst', json});
    await see(id, 404, {...step, path: [999999], json});
    if (documented.includes(`${id} 409`) && id !== 'claimCase')
        await see(id, 409, {...step, json});
    await see(id, 412, {...step, headers: {'If-Match': '"v999"'}, json});
    await see(id, 413, {...step, ...too_large});
    await see(id, 415, {...step, ...not_json});
    await see(id, 422, {...step, json: {...json, nonsense: 1}});
    await see(id, 428, {...step, headers: {}, json});
}

const steps = {
    claimCase: undefined,
    contactCase: {method: 'call', reached: true, note: 'n'},
    noteCase: {text: 'n'},
    releaseCase: {reason: 'r'},
    resolveCase: {outcome: 'assisted', text: 't'},
    reopenCase: {reason: 'r'},
};

async function work_case(id) {
    const path = [id];
    let version = 1;
    const take = async name => {
        const headers = {'If-Match': `"v${version}"`};
        const done = await see(name, 200, {path, who: 'dispatcher', headers, json: steps[name]});
        assert.equal(done.headers.etag, `"v${++version}"`);
    };
    await see('readCase', 200, {path, who: 'dispatcher'});
    await refuse_staff('readCase', path, [999999]);
    for (const [name, json] of Object.entries(steps))
        await refuse_step(name, id, json);
    await take('claimCase');
    await see('claimCase', 409, {path, who: 'dispatcher', headers: {'If-Match': `"v${version}"`}});
    for (const name of ['contactCase', 'noteCase', 'releaseCase', 'claimCase', 'resolveCase'])
        await take(name);
    const read = await see('readCase', 200, {path, who: 'supervisor'});
    assert.equal(read.value.outcome, 'assisted');
    await take('reopenCase');
}

async function read_figures() {
    for (const id of ['responseTimes', 'statistics']) {
        await see(id, 200, {who: 'supervisor'});
        await see(id, 200, {who: 'analyst', query: '?from=2026-01-01&to=2100-01-01&by=province'});
        await see(id, 200, {who: 'analyst', query: '?to=1990-01-01&from=1980-01-01'});
        await see(id, 400, {who: 'analyst', query: '?a=%zz'});
        await see(id, 401);
        await see(id, 403, {who: 'dispatcher'});
        await see(id, 422, {who: 'analyst', query: '?by=shoes&from=never&nonsense=1'});
    }
    for (const by of ['month,channel,language', 'role,sex,age_band', 'nationality,category,outcome'])
        await see('statistics', 200, {who: 'analyst', query: `?by=${by}`});
    const csv = {Accept: 'text/csv'};
    await see('statistics', 200, {who: 'analyst', query: '?by=queue,month', headers: csv});
}

// A running server whose database is overwritten below it can neither read nor write.
function ruin(data) {
    const file = join(data, 'saiduan.db');
    const header_bytes = 100;
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(statSync(file).size - header_bytes), 0, undefined, header_bytes);
    closeSync(handle);
}

async function meet_a_broken_disk() {
    const mine = {path: ['labour'], who: 'dispatcher'};
    await see('fileComplaint', 503, {json: wages});
    await see('listCases', 503, mine);
    await see('streamQueue', 503, mine);
    await see('readCase', 503, {...mine, path: [1]});
    for (const [name, json] of Object.entries(steps))
        await see(name, 503, {...mine, path: [1], headers: {'If-Match': '"v1"'}, json});
    await see('responseTimes', 503, {who: 'supervisor'});
    await see('statistics', 503, {who: 'supervisor'});
}

async function while_serving(data, work) {
    const server = await serve(data);
    port = server.port;
    try {
        await work();
    } finally {
        await server.stop();
    }
}

const data = new_data_folder();
try {
    for (const role of ['dispatcher', 'supervisor', 'analyst'])
        tokens[role] = make_token(data, 'labour', role);
    await while_serving(data, async () => {
        await file_complaints();
        await work_case(await read_queue());
        await read_figures();
    });
    await while_serving(data, async () => {
        ruin(data);
        await meet_a_broken_disk();
    });
    assert.deepEqual(documented.filter(status => !seen.has(status)), [], 'documented, never seen');
    console.log(`${answers} answers match`);
} finally {
    remove(data);
}
