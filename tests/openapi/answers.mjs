// Asks the real program for every status of every operation in gateway/openapi.yaml and holds each
// answer against the document. Fails on a status that is documented and not seen, or the reverse.
import assert from 'node:assert/strict';
import {createHash, generateKeyPairSync, sign} from 'node:crypto';
import {closeSync, cpSync, openSync, statSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {check_answer, check_request, documented, operations} from './contract.mjs';
import {ask, make_token, new_data_folder, remove, serve} from './program.mjs';

const body_bytes_max = 256 * 1024;
// Only a race gives these; tests/service/rotation_test.cpp meets them.
const seen = new Set(['makeToken 409', 'rotateKey 409']);
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
    const {receipt} = (await see('fileComplaint', 201, {json: everything})).value;
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
    return receipt;
}

// A receipt that nobody was given: other secret digits under right check digits (ISO 7064).
function other_receipt(receipt) {
    const digits = receipt.replaceAll(' ', '').slice(0, 8) + '0'.repeat(14);
    return digits + String(98n - (BigInt(digits) * 100n) % 97n).padStart(2, '0');
}

const swapped = receipt => receipt.replace(/^(.{4}) (.{4})/, '$2 $1');

async function open_session(receipt) {
    const {token} = (await see('openReceiptSession', 201, {json: {receipt}})).value;
    return token;
}

// What a body of any call of a session or a supervisor can be wrong in.
async function refuse_body(id, who, path = []) {
    await see(id, 413, {who, path, ...too_large});
    await see(id, 415, {who, path, ...not_json});
}

async function come_back(receipt) {
    await see('openReceiptSession', 400, {body: '{'});
    await see('openReceiptSession', 404, {json: {receipt: other_receipt(receipt)}});
    await see('openReceiptSession', 422, {json: {receipt: receipt.replace(/.$/, d => (+d + 1) % 10)}});
    await refuse_body('openReceiptSession');
    tokens.session = await open_session(receipt);
    const added = {addMessage: {text: 'He took my phone'}, addLocation: everything.location};
    for (const [id, json] of Object.entries({...added, withdraw: {reason: 'r'}})) {
        await see(id, 400, {who: 'session', body: '{'});
        await see(id, 401, {json});
        await see(id, 422, {who: 'session', json: {...json, nonsense: 1}});
        await refuse_body(id, 'session');
    }
    for (const [id, json] of Object.entries(added))
        await see(id, 201, {who: 'session', json});
    await see('sayDanger', 400, {who: 'session', query: '?a=%zz'});
    await see('sayDanger', 401);
    await refuse_body('sayDanger', 'session');
    await see('sayDanger', 201, {who: 'session', query: '?language=my'});
    await see('withdraw', 409, {who: 'session', json: {}}); // a child's
    await see('followComplaint', 400, {who: 'session', query: '?a=%zz'});
    await see('followComplaint', 401);
    const {value} = await see('followComplaint', 200, {who: 'session'});
    assert.deepEqual(value.messages.map(m => m.kind), ['messaged', 'located']);
    await see('proveFiling', 400, {who: 'session', query: '?a=%zz'});
    await see('proveFiling', 401);
    await see('proveFiling', 200, {who: 'session'});
}

async function come_back_under_duress(receipt) {
    tokens.forced = await open_session(swapped(receipt));
    const {value} = await see('followComplaint', 200, {who: 'forced'});
    assert.deepEqual([value.messages, value.readers], [[], []]);
    await see('withdraw', 201, {who: 'forced', json: {}});
    await see('proveFiling', 404, {who: 'forced'});
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
async function refuse_step(id, case_id, json, who = 'dispatcher', other = 'analyst') {
    const step = {path: [case_id], who, headers: {'If-Match': '"v1"'}};
    await see(id, 400, {...step, body: '{'});
    await see(id, 401, {...step, who: undefined, json});
    await see(id, 403, {...step, who: other, json});
    await see(id, 404, {...step, path: [999999], json});
    if (documented.includes(`${id} 409`) && id !== 'claimCase' && id !== 'holdCase')
        await see(id, 409, {...step, json});
    await see(id, 412, {...step, headers: {'If-Match': '"v999"'}, json});
    await see(id, 413, {...step, ...too_large});
    await see(id, 415, {...step, ...not_json});
    await see(id, 422, {...step, json: {...json, nonsense: 1}});
    await see(id, 428, {...step, headers: {}, json});
}

// Taken after all others, by a supervisor.
const holds = {holdCase: {reason: 'r'}, unholdCase: {}};
const steps = {
    claimCase: undefined,
    contactCase: {method: 'call', reached: true, note: 'n'},
    noteCase: {text: 'n'},
    replyCase: {text: 'r'},
    releaseCase: {reason: 'r'},
    resolveCase: {outcome: 'assisted', text: 't'},
    reopenCase: {reason: 'r'},
};

async function work_case(id) {
    const path = [id];
    let version = 1;
    const take = async (name, who = 'dispatcher') => {
        const headers = {'If-Match': `"v${version}"`};
        const json = {...steps, ...holds}[name];
        const done = await see(name, 200, {path, who, headers, json});
        assert.equal(done.headers.etag, `"v${++version}"`);
    };
    await see('readCase', 200, {path, who: 'dispatcher'});
    await refuse_staff('readCase', path, [999999]);
    for (const [name, json] of Object.entries(steps))
        await refuse_step(name, id, json);
    for (const [name, json] of Object.entries(holds))
        await refuse_step(name, id, json, 'supervisor', 'dispatcher');
    await take('claimCase');
    await see('claimCase', 409, {path, who: 'dispatcher', headers: {'If-Match': `"v${version}"`}});
    for (const name of ['contactCase', 'noteCase', 'replyCase', 'releaseCase', 'claimCase', 'resolveCase'])
        await take(name);
    const read = await see('readCase', 200, {path, who: 'supervisor'});
    assert.equal(read.value.outcome, 'assisted');
    await take('reopenCase');
    await refuse_staff('readCaseTrail', path, [999999]);
    await see('readCaseTrail', 200, {path, who: 'auditor'});
    await erase(path, take);
}

async function erase(path, take) {
    await see('eraseCase', 400, {path, who: 'supervisor', query: '?a=%zz'});
    await see('eraseCase', 401, {path});
    await see('eraseCase', 403, {path, who: 'dispatcher'});
    await see('eraseCase', 404, {path: [999999], who: 'supervisor'});
    await refuse_body('eraseCase', 'supervisor', path);
    await see('eraseCase', 409, {path, who: 'supervisor'});
    await take('holdCase', 'supervisor');
    const again = {path, who: 'supervisor', headers: {'If-Match': (await see('readCase', 200, {path, who: 'supervisor'})).headers.etag}};
    await see('holdCase', 409, {...again, json: holds.holdCase});
    await take('unholdCase', 'supervisor');
    for (const name of ['claimCase', 'resolveCase'])
        await take(name);
    await see('eraseCase', 204, {path, who: 'supervisor'});
    const {value} = await see('readCase', 200, {path, who: 'supervisor'});
    assert.equal(value.erased, true);
}

async function manage_staff() {
    for (const id of ['listTokens', 'makeToken', 'rotateKey']) {
        await see(id, 400, {who: 'supervisor', query: '?a=%zz'});
        await see(id, 401);
        await see(id, 403, {who: 'dispatcher'});
    }
    await see('makeToken', 422, {who: 'supervisor', json: {role: 'king', label: 'a'}});
    await refuse_body('makeToken', 'supervisor');
    const made = await see('makeToken', 201, {who: 'supervisor', json: {role: 'dispatcher', label: 'a'}});
    tokens.made = made.value.token;
    await see('listTokens', 200, {who: 'supervisor'});
    const path = [made.value.id];
    await see('revokeToken', 400, {path, who: 'supervisor', query: '?a=%zz'});
    await see('revokeToken', 401, {path});
    await see('revokeToken', 403, {path, who: 'dispatcher'});
    await see('revokeToken', 404, {path: [999999], who: 'supervisor'});
    await refuse_body('revokeToken', 'supervisor', path);
    await see('revokeToken', 204, {path, who: 'supervisor'});
    await see('listCases', 401, {path: ['labour'], who: 'made'});
    await refuse_body('rotateKey', 'supervisor');
    await see('rotateKey', 202, {who: 'supervisor'});
}

// A witness with a key of its own; cosignature/v1 of c2sp.org/tlog-cosignature.
const witness = (() => {
    const {publicKey, privateKey} = generateKeyPairSync('ed25519');
    const name = 'witness.example.org/w1';
    const key = Buffer.concat([Buffer.from([4]), publicKey.export({type: 'spki', format: 'der'}).subarray(-32)]);
    const id = createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, 4);
    const line = note => {
        const time = Math.floor(Date.now() / 1000);
        const text = note.slice(0, note.indexOf('\n\n') + 1);
        const stamp = Buffer.alloc(8);
        stamp.writeBigUInt64BE(BigInt(time));
        const signature = sign(null, `cosignature/v1\ntime ${time}\n${text}`, privateKey);
        return `\u2014 ${name} ${Buffer.concat([id, stamp, signature]).toString('base64')}`;
    };
    return {vkey: `${name}+${id.toString('hex')}+${key.toString('base64')}`, line};
})();

async function check_the_trail() {
    await see('readCheckpoint', 400, {query: '?a=%zz'});
    const note = (await see('readCheckpoint', 200)).text;
    await see('addCosignature', 400, {body: '{'});
    await see('addCosignature', 422, {json: {line: '\u2014 nobody abc'}});
    await refuse_body('addCosignature');
    const line = {json: {line: witness.line(note)}};
    await see('addCosignature', 201, line);
    await see('addCosignature', 409, line);
    await see('readTile', 200, {path: ['0/000.p/1']});
    await see('readTile', 400, {path: ['0/000.p/1'], query: '?a=%zz'});
    await see('readTile', 404, {path: ['9/999']});
    const leaves = {path: ['entries/000.p/1']};
    await see('readTile', 401, leaves);
    await see('readTile', 403, {...leaves, who: 'dispatcher'});
    await see('readTile', 200, {...leaves, who: 'auditor'});
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
    for (const [name, json] of Object.entries(holds))
        await see(name, 503, {who: 'supervisor', path: [1], headers: {'If-Match': '"v1"'}, json});
    for (const id of ['followComplaint', 'sayDanger', 'proveFiling'])
        await see(id, 503, {who: 'session'});
    await see('addMessage', 503, {who: 'session', json: {text: 't'}});
    await see('addLocation', 503, {who: 'session', json: everything.location});
    await see('withdraw', 503, {who: 'session', json: {}});
    await see('addCosignature', 503, {json: {line: witness.line((await see('readCheckpoint', 200)).text)}});
    await see('readCaseTrail', 503, {...mine, path: [1]});
    await see('eraseCase', 503, {path: [1], who: 'supervisor'});
    await see('makeToken', 503, {who: 'supervisor', json: {role: 'dispatcher', label: 'b'}});
    await see('revokeToken', 503, {path: [1], who: 'supervisor'});
    await see('rotateKey', 503, {who: 'supervisor'});
    await see('readTile', 503, {path: ['0/000.p/1']});
    await see('responseTimes', 503, {who: 'supervisor'});
    await see('statistics', 503, {who: 'supervisor'});
}

async function while_serving(station, work) {
    const server = await serve(station);
    port = server.port;
    try {
        await work();
    } finally {
        await server.stop();
    }
}

const station = new_data_folder({trail: {witnesses: [witness.vkey], checkpoint_s: 3600}});
try {
    for (const role of ['dispatcher', 'supervisor', 'analyst'])
        tokens[role] = make_token(station, 'labour', role);
    tokens.auditor = make_token(station, 'oversight', 'auditor');
    let receipt;
    await while_serving(station, async () => {
        receipt = await file_complaints();
        await check_the_trail();
        await come_back(receipt);
        await come_back_under_duress(receipt);
        await work_case(await read_queue());
        await manage_staff();
        await read_figures();
    });
    // What a session has read is in memory, so this one looks at a folder of its own.
    const copy = {...station, data: join(station.folder, 'copy')};
    cpSync(station.data, copy.data, {recursive: true});
    await while_serving(copy, async () => {
        ruin(copy.data);
        await see('openReceiptSession', 503, {json: {receipt}});
    });
    await while_serving(station, async () => {
        tokens.session = await open_session(receipt);
        ruin(station.data);
        await meet_a_broken_disk();
    });
    assert.deepEqual(documented.filter(status => !seen.has(status)), [], 'documented, never seen');
    console.log(`${answers} answers match`);
} finally {
    remove(station);
}
