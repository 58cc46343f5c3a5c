// Holds answers against gateway/openapi.yaml: status, content type, headers, body. Nothing may be
// there that the document does not name: objects are closed for the comparison, and so are headers.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {parse} from 'yaml';

const document = parse(readFileSync(new URL('../../gateway/openapi.yaml', import.meta.url), 'utf8'));

// Sent with every answer, so not repeated with each status of the document.
const common_headers = new Set(['cache-control', 'connection', 'content-length', 'content-type',
    'date', 'referrer-policy', 'x-accel-buffering', 'x-content-type-options']);

function at(reference) {
    return reference.slice(2).split('/').reduce((node, key) => node[key], document);
}

const resolved = node => (node?.$ref ? at(node.$ref) : node);

// A copy that refuses what is not named. `whole` marks a schema that describes a value alone; the
// parts of an allOf, and what a $ref names, may be joined by others and are closed where they meet.
function closed(schema, whole) {
    const each = (named, of) => Object.fromEntries(
        Object.entries(named ?? {}).map(([name, child]) => [name, closed(child, of)]));
    const out = {...schema};
    if (schema.properties)
        out.properties = each(schema.properties, true);
    if (schema.items)
        out.items = closed(schema.items, true);
    for (const join of ['allOf', 'oneOf', 'anyOf'])
        if (schema[join])
            out[join] = schema[join].map(part => closed(part, false));
    const object = schema.properties || schema.$ref || schema.allOf || schema.oneOf;
    if ([schema.type].flat().includes('object'))
        assert(object, `a schema says "object" without naming properties: ${JSON.stringify(schema)}`);
    if (whole && object && !('additionalProperties' in schema))
        out.unevaluatedProperties = false;
    return out;
}

const ajv = new Ajv({strict: true, strictRequired: false, strictTypes: false, allErrors: true});
formats(ajv);
ajv.addVocabulary(['components']);
const components = {schemas: Object.fromEntries(Object.entries(document.components.schemas)
    .map(([name, schema]) => [name, closed(schema, false)]))};
const validators = new Map();

function validate(schema, value, where) {
    if (!validators.has(schema))
        validators.set(schema, ajv.compile({...closed(schema, true), components}));
    const check = validators.get(schema);
    assert(check(value), `${where}: ${ajv.errorsText(check.errors)}\n${JSON.stringify(value)}`);
}

// operationId → {method, path, operation}
export const operations = Object.fromEntries(Object.entries(document.paths).flatMap(
    ([path, methods]) => Object.entries(methods).map(
        ([method, operation]) => [operation.operationId, {method: method.toUpperCase(), path, operation}])));

// Every "operationId status" of the document.
export const documented = Object.entries(operations).flatMap(
    ([id, {operation}]) => Object.keys(operation.responses).map(status => `${id} ${status}`));

// The body sent with a request that succeeds.
export function check_request(id, value) {
    const body = operations[id].operation.requestBody;
    if (value !== undefined && body)
        validate(body.content['application/json'].schema, value, `${id} request`);
}

// Returns the body, parsed when it is JSON. Throws when it differs from the document.
export function check_answer(id, {status, headers, text}) {
    const where = `${id} ${status}`;
    const response = resolved(operations[id].operation.responses[status]);
    assert(response, `${where} is not documented: ${text}`);
    const named = response.headers ?? {};
    for (const [name, header] of Object.entries(named).map(([n, h]) => [n, resolved(h)])) {
        const value = headers[name.toLowerCase()];
        assert(value !== undefined || !header.required, `${where} lacks ${name}`);
        if (value !== undefined)
            validate(header.schema, value, `${where} ${name}`);
    }
    const known = new Set(Object.keys(named).map(name => name.toLowerCase()));
    for (const name of Object.keys(headers))
        assert(known.has(name) || common_headers.has(name), `${where} has an unnamed header ${name}`);
    if (!response.content) {
        assert.equal(text, '', `${where} has a body`);
        return undefined;
    }
    const type = (headers['content-type'] ?? '').split(';')[0];
    assert(type in response.content, `${where} comes as "${type}"`);
    const value = type.endsWith('json') ? JSON.parse(text) : text;
    validate(response.content[type].schema, value, where);
    if (type === 'application/problem+json')
        assert.equal(value.status, status, `${where} says another status in its body`);
    return value;
}
