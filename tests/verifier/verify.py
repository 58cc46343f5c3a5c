#!/usr/bin/env python3
"""Holds Saiduan databases against their trail, from storage/trail/AUDIT_FORMAT.md alone.

A second opinion: it shares no code with the program. Python's standard library, and the openssl
command for Ed25519. Prints one line per finding, "FOLDER: what is wrong"; exits with 0 when nothing
is wrong, 1 when something is, 2 on bad input.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import urllib.parse
from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from multiprocessing import Pool

# SHA-256 of each migration's text, as published in AUDIT_FORMAT.md.
MIGRATIONS = {
    1: "a453849ce6193c5f76bbc5e36e5273a0124f11a0c02c45cecb314f8f66d80b4b",
    2: "b4d65adecc8ff5b4598a41fd44cb14792b02840c263c80c31ae034e98a241c0b",
}
TILE = 256
LEVELS = 8
SHOWN = 20

(FILED, READ, CLAIMED, RELEASED, CONTACTED, NOTED, RESOLVED, REOPENED, REPLIED, MESSAGED, LOCATED,
 WITHDRAWN, ENDANGERED, DURESS, VISITED, HELD, UNHELD, ERASED, RECEIPT_MADE, STARTED, STOPPED,
 CONFIGURED, LOGIN_FAILED, EXPORTED, TOKEN_MADE, TOKEN_REVOKED, AGENCY_KEY_MADE,
 AGENCY_KEY_RETIRED, KEY_GRANTED, EPOCH_MADE, EPOCH_RESEALED, AGENCY_ADDED, VAULT_MADE, MIGRATED,
 BACKED_UP, RESTORED, KEY_USED, MARKS_INDEXED, RETRIES_PURGED) = range(39)


class BadInput(Exception):
    pass


class Stop(Exception):
    """What follows would be about nothing."""


def sha256(*parts):
    h = hashlib.sha256()
    for part in parts:
        h.update(part)
    return h.digest()


# Signed notes.

class Key:
    def __init__(self, name, kind, public):
        self.name, self.kind, self.public = name, kind, public
        self.id = sha256(name.encode(), b"\n", bytes([kind]), public)[:4]

    @staticmethod
    def from_vkey(text):
        try:
            name, hex_id, blob = text.split("+", 2)
            raw = base64.b64decode(blob, validate=True)
            key = Key(name, raw[0], raw[1:])
        except (ValueError, IndexError):
            raise BadInput(f"{text}: not a verifier key") from None
        if key.id.hex() != hex_id or len(key.public) != 32 or key.kind not in (1, 4):
            raise BadInput(f"{text}: not a verifier key")
        return key


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, check=False)


@lru_cache(maxsize=None)
def ed25519_good(public, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        def keep(name, data):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(data)
            return path
        key = keep("key", bytes.fromhex("302a300506032b6570032100") + public)
        done = openssl("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key, "-rawin",
                       "-in", keep("message", message), "-sigfile", keep("signature", signature))
        return done.returncode == 0


@lru_cache(maxsize=None)
def public_of(seed):
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes.fromhex("302e020100300506032b657004220420") + seed)
        file.flush()
        done = openssl("pkey", "-inform", "DER", "-in", file.name, "-pubout", "-outform", "DER")
    if done.returncode != 0:
        raise BadInput("openssl makes no public key of trail.key")
    return done.stdout[-32:]


class Checkpoint:
    """A note that the log signed. ValueError says why it is none."""

    def __init__(self, name, note, keys):
        self.name, self.note = name, note
        head, blank, tail = note.rpartition(b"\n\n")
        if not blank or not tail.endswith(b"\n") or len(note) > 65536:
            raise ValueError("not a signed note")
        self.text = head + b"\n"
        lines = self.text.split(b"\n")
        if len(lines) != 4 or not re.fullmatch(rb"0|[1-9][0-9]{0,18}", lines[1]):
            raise ValueError("a checkpoint has three lines")
        self.origin = lines[0].decode()
        self.size = int(lines[1])
        self.root = base64.b64decode(lines[2], validate=True)
        if len(self.root) != 32 or base64.b64encode(self.root) != lines[2]:
            raise ValueError("its root is not a hash")
        self.unknown = 0
        logged, seen = False, set()
        for line in tail[:-1].split(b"\n"):
            key = self.verify(line, keys)
            if key is None or key in seen:
                self.unknown += 1
                continue
            seen.add(key)
            logged = logged or (key.kind == 1 and key.name == self.origin)
        if not logged:
            raise ValueError("the log did not sign it")

    def verify(self, line, keys):
        match = re.fullmatch(r"\u2014 (\S+) (\S+)", line.decode())
        if not match:
            raise ValueError("malformed signature line")
        blob = base64.b64decode(match[2], validate=True)
        if base64.b64encode(blob).decode() != match[2]:
            raise ValueError("malformed signature line")
        for key in keys:
            if (key.name, key.id) != (match[1], blob[:4]):
                continue
            message, signature = self.text, blob[4:]
            if key.kind == 4:
                time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = f"cosignature/v1\ntime {time}\n".encode() + message
            if len(signature) != 64 or not ed25519_good(key.public, message, signature):
                raise ValueError("a signature does not verify")
            return key
        return None


# The tree.

def node(left, right):
    return sha256(b"\x01", left, right)


def root(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256()
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node(root(hashes[:half]), root(hashes[half:]))


def levels_of(leaves):
    """For each tile level the hashes in its tiles, full or not."""
    out = [leaves]
    for _ in range(LEVELS - 1):
        below = out[-1]
        out.append([root(below[i * TILE:(i + 1) * TILE]) for i in range(len(below) // TILE)])
    return out


def leaf_of(seq, at, kind, case, complaint, agency, actor, fact, sealed, salt):
    event = struct.pack(">QqHQQQ", seq, at, kind, case % 2**64, complaint % 2**64, agency % 2**64)
    for field in (actor, fact, sealed):
        event += struct.pack(">I", len(field)) + field
    commitment = sha256(b"\x02", salt, event)
    return sha256(b"\x00", struct.pack(">BQqH", 1, seq, at, kind), commitment)


# Records.

def record(name, *values):
    """SHA-256 of a row's values; in a STRICT table each has its column's type. A str is taken for
    text, bytes for a blob; what comes from the database is marked by its column."""
    out = b"\x03"
    for value in (name, *values):
        if value is None:
            out += b"n"
        elif isinstance(value, int):
            out += b"i" + struct.pack(">q", value)
        else:
            kind, data = (b"t", value.encode("utf-8", "surrogateescape")) if isinstance(
                value, str) else (b"b", value)
            out += kind + struct.pack(">I", len(data)) + data
    return sha256(out)


def or_empty(blob):
    """NULL stands as an empty blob; a stored empty blob is nothing the program writes."""
    return b"" if blob is None else blob or None


def is_hex(word):
    return re.fullmatch(r"[0-9a-f]{64}", word) is not None


def number(word):
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", word) or int(word) >= 2**63:
        raise ValueError(word)
    return int(word)


class Said:
    """What the events say outside of their cases."""

    def __init__(self):
        self.vault = {}
        self.agencies, self.agency_keys, self.key_copies, self.epochs = {}, {}, {}, {}
        self.tokens, self.revoked = {}, {}
        self.hardened, self.erased = {}, {}
        self.cases, self.marks_up_to, self.purged_before = 0, 0, None
        self.of_case = {}  # case: [(event, kind, at, fact)]

    def take(self, seq, case, complaint, agency, kind, at, fact):
        words = fact.split(" ") if fact else []
        if case:
            self.of_case.setdefault(case, []).append((seq, kind, at, fact))

        def once(table, key, value):
            if key in table:
                raise ValueError("again")
            table[key] = (value, seq)

        def digest(word):
            if not is_hex(word):
                raise ValueError(word)
            return word

        if kind == FILED:
            expected, self.cases = self.cases + 1, case
            if case != expected:
                raise ValueError("case number")
        elif kind == ERASED:
            _, sealed, *keys = words
            once(self.erased, complaint, (digest(sealed), [digest(k) for k in keys], at))
        elif kind == RECEIPT_MADE:
            (hexed,) = words
            once(self.hardened, complaint, digest(hexed))
        elif kind == VAULT_MADE:
            (hexed,) = words
            once(self.vault, 1, digest(hexed))
        elif kind == AGENCY_ADDED:
            key, name = words
            once(self.agencies, number(key), name)
        elif kind == AGENCY_KEY_MADE:
            generation, hexed = words
            once(self.agency_keys, (agency, number(generation)), digest(hexed))
        elif kind == AGENCY_KEY_RETIRED:
            (generation,) = words
            gone = (agency, number(generation))
            if self.agency_keys.pop(gone, None) is None:
                raise ValueError("never made")
            self.key_copies = {k: v for k, v in self.key_copies.items() if k[1:] != gone}
        elif kind == TOKEN_MADE:
            token, hexed = words
            once(self.tokens, number(token), digest(hexed))
        elif kind == TOKEN_REVOKED:
            (token,) = words
            if number(token) not in self.tokens:
                raise ValueError("never made")
            once(self.revoked, number(token), at)
            self.key_copies = {k: v for k, v in self.key_copies.items() if k[0] != number(token)}
        elif kind == KEY_GRANTED:
            token, of_agency, generation, hexed = words
            once(self.key_copies, (number(token), number(of_agency), number(generation)),
                 digest(hexed))
        elif kind in (EPOCH_MADE, EPOCH_RESEALED):
            epoch, hexed = words
            if (number(epoch) in self.epochs) != (kind == EPOCH_RESEALED):
                raise ValueError("epoch")
            self.epochs[number(epoch)] = (digest(hexed), seq)
        elif kind == MARKS_INDEXED:
            (up_to,) = words
            if number(up_to) <= self.marks_up_to:
                raise ValueError("backwards")
            self.marks_up_to = number(up_to)
        elif kind == RETRIES_PURGED:
            (before,) = words
            self.purged_before = max(number(before), self.purged_before or 0)
        elif kind > RETRIES_PURGED:
            raise ValueError("unknown kind")


def replay(priority, demoted, events):
    """A case's columns after its events."""
    c = dict(state=0, priority=priority, demoted=demoted, version=1, alerts=0, held=0, holder=None,
             claimed_at=None, contacted_at=None, resolved_at=None, outcome="")

    def first(column, at):
        if c[column] is None:
            c[column] = at

    def hand_back():
        c.update(state=0, holder=None)

    for _, kind, at, fact in events:
        if kind not in (CLAIMED, RESOLVED) and fact == "critical":
            c.update(priority=0, demoted=0)
            if c["state"] == 2:
                hand_back()
                c["outcome"] = ""
        if kind == CLAIMED:
            c.update(state=1, holder=int(fact) if fact.isdecimal() and int(fact) else None)
            first("claimed_at", at)
        elif kind == RELEASED:
            hand_back()
        elif kind in (CONTACTED, REPLIED):
            first("contacted_at", at)
            c["alerts"] &= ~4
        elif kind == RESOLVED:
            c.update(state=2, outcome=fact)
            first("resolved_at", at)
        elif kind == REOPENED:
            hand_back()
            c["outcome"] = ""
        elif kind in (HELD, UNHELD):
            c["held"] = int(kind == HELD)
        elif kind in (MESSAGED, LOCATED, ENDANGERED):
            c["alerts"] |= 4
        elif kind == WITHDRAWN:
            c["alerts"] |= 2
        elif kind == DURESS:
            c["alerts"] |= 1
        elif kind != NOTED:
            continue  # a reading is no step
        c["version"] += 1
    return c


CASE_STATE = ("state", "priority", "demoted", "version", "alerts", "held", "holder", "claimed_at",
              "contacted_at", "resolved_at", "outcome")
PRIORITIES = ("critical", "high", "normal")


@lru_cache(maxsize=None)
def schema_made_by(migrations):
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE IF NOT EXISTS schema_migrations"
               " (version INTEGER PRIMARY KEY, sql TEXT NOT NULL) STRICT")
    for sql in migrations:
        db.executescript(sql)
    for table in ("events", "cases", "tokens", "complaints"):
        db.execute(f"DROP TABLE readable_{table}")
    return schema_of(db)


def schema_of(db):
    def text(value):
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return sorted(tuple(text(v) or "" for v in row) for row in
                  db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


class Audit:
    def __init__(self, folder, keys, published):
        self.folder, self.keys, self.published = folder, keys, published
        self.findings = []
        self.events, self.unsigned = 0, 0
        self.said = Said()
        self.checkpoints = []

    def find(self, sentence):
        self.findings.append(sentence)

    def run(self):
        database = os.path.join(self.folder, "saiduan.db")
        if not os.path.isfile(database):
            raise BadInput(f"{database}: there is no such database")
        # Before the database: a running server only ever replaces it by a newer one.
        self.beside = read_file(os.path.join(self.folder, "checkpoint"))
        db = sqlite3.connect(f"file:{urllib.parse.quote(database)}?mode=ro", uri=True,
                             isolation_level=None)
        # Text that is not UTF-8 must not stop us; its bytes are what was hashed.
        db.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        self.db = db
        try:
            db.execute("PRAGMA trusted_schema=OFF")
            db.execute("BEGIN")
            self.check_file()
            self.check_checkpoints()
            if self.check_trail():
                self.check_staff()
                self.check_line()
        except sqlite3.DatabaseError as error:
            self.find(f"the file is damaged: {error}")
        except Stop:
            pass
        finally:
            db.close()

    def check_file(self):
        try:
            stored = list(self.db.execute("SELECT version, sql FROM schema_migrations"
                                          " ORDER BY version"))
        except sqlite3.OperationalError as error:
            self.find(f"schema: {error}")
            raise Stop from None
        made = {version: sql for version, sql in stored}
        for version, digest in MIGRATIONS.items():
            sql = made.pop(version, None)
            if sql is None or sha256(sql.encode("utf-8", "surrogateescape")).hex() != digest:
                self.find(f"schema_migrations: version {version} is not the published text")
        for version in made:
            self.find(f"schema_migrations: version {version} is unknown")
        if self.findings:
            raise Stop
        if schema_of(self.db) != schema_made_by(tuple(sql for _, sql in stored)):
            self.find("schema: not what the migrations make")
        for (line,) in self.db.execute(f"PRAGMA integrity_check({SHOWN})"):
            if line != "ok":
                self.find(f"the file is damaged: {line}")
        if self.findings:
            raise Stop

    # The trail.

    def note(self, name, note, keys):
        try:
            self.checkpoints.append(Checkpoint(name, note, keys))
            return self.checkpoints[-1]
        except ValueError as error:
            self.find(f"{name} is not good: {error}")
            return None

    def check_checkpoints(self):
        rows = list(self.db.execute("SELECT size, at, CAST(note AS BLOB) FROM checkpoints"
                                    " ORDER BY size DESC"))
        if len(rows) != 1:
            self.find(f"checkpoints: {len(rows)} rows instead of one")
        stored = None
        for size, at, note in rows[:1]:
            stored = self.note("the checkpoint in the database", note, self.keys)
            if not stored:
                continue
            if stored.size != size:
                self.find(f"checkpoints: size is {size}, the note says {stored.size}")
            if stored.unknown:
                self.find("the checkpoint in the database has a signature of an unknown key")
            newest = self.db.execute("SELECT at FROM events WHERE id = ?", (stored.size,))
            if (at,) != (newest.fetchone() or (at,)):
                self.find(f"checkpoints: at is not that of event {stored.size}")
        if self.beside is None:
            self.find("the checkpoint file beside the database is missing")
        else:
            beside = self.note("the checkpoint file", self.beside, self.keys)
            if beside and stored:
                if beside.size > stored.size:
                    self.find(f"the checkpoint file is of size {beside.size}, the database's of"
                              f" {stored.size}: it was put back")
                if beside.size == stored.size and not (
                        set(beside.note.split(b"\n")) <= set(stored.note.split(b"\n"))):
                    self.find("the database's checkpoint has lost a line of the checkpoint file")
        if self.published is not None:
            self.note("the published checkpoint", self.published, self.keys)

    def check_trail(self):
        tiles = {(level, n): hashes for level, n, hashes in
                 self.db.execute("SELECT level, n, hashes FROM tiles")}
        first = self.checkpoints[0] if self.checkpoints else None
        signed = first.size if first else 0
        leaves, stored, altered, tail, impossible = [], [], [], [], []
        signed_kind = None
        for row in self.db.execute(
                "SELECT id, case_id, complaint, agency, kind, at, actor, fact, sealed, salt"
                " FROM events ORDER BY id"):
            seq, case, complaint, agency, kind, at, actor, fact, sealed, salt = row
            if seq != len(leaves) + 1:
                self.find(f"event {len(leaves) + 1} is missing, or event {seq} was added")
                break
            self.events += 1
            leaf = bytes(32)
            if not 0 <= kind < 65536 or len(salt) != 32 or sealed == b"":
                self.find(f"event {seq} is not as events are")
            else:
                raw = [text.encode("utf-8", "surrogateescape") for text in (actor, fact)]
                leaf = leaf_of(seq, at, kind, case, complaint, agency, *raw, sealed or b"", salt)
                try:
                    self.said.take(seq, case, complaint, agency, kind, at, fact)
                except ValueError:
                    impossible.append(f"event {seq} of kind {kind} says what cannot be")
            leaves.append(leaf)
            tile = tiles.get((0, (seq - 1) // TILE), b"")
            place = (seq - 1) % TILE * 32
            kept = tile[place:place + 32]
            stored.append(kept if len(kept) == 32 else leaf)
            if stored[-1] != leaf:
                altered.append(seq)
            if seq == signed:
                signed_kind = kind
            elif seq > signed and kind in (STARTED, STOPPED):
                tail.append(seq)
        size = len(leaves)
        for checkpoint in self.checkpoints:
            if checkpoint.size > size:
                self.find(f"event {size + 1} is missing: {checkpoint.name} covers"
                          f" {checkpoint.size} events, there are {size}")
        if first is None:
            return False
        events_good = signed <= size and root(leaves[:signed]) == first.root
        tiles_good = signed <= size and root(stored[:signed]) == first.root
        if not events_good:
            for seq in altered[:SHOWN]:
                self.find(f"event {seq} is not the one that was signed" if tiles_good else
                          f"event {seq} does not agree with its tile")
            if not altered and signed <= size:
                self.find("the events do not make the signed root: the trail was written anew")
        for checkpoint in self.checkpoints[1:]:
            if events_good and checkpoint.size <= size and (
                    root(leaves[:checkpoint.size]) != checkpoint.root):
                self.find(f"{checkpoint.name} is not of this trail")
        self.check_tiles(tiles, leaves if events_good else stored, min(signed, size))
        if events_good:
            self.unsigned = size - signed
            self.findings += impossible
            if self.unsigned and (signed_kind == STOPPED or tail):
                self.find(f"event {tail[0] if tail else signed + 1} was added behind the signature")
        return events_good

    def check_tiles(self, tiles, leaves, signed):
        expected = {}
        for level, hashes in enumerate(levels_of(leaves)):
            full = len(hashes) // TILE
            for n in range(full):
                expected[level, n] = hashes[n * TILE:(n + 1) * TILE]
            edge = (signed >> (8 * level)) - full * TILE
            if edge > 0:
                expected[level, full] = hashes[full * TILE:full * TILE + edge]
        for key in sorted(set(tiles) | set(expected)):
            made = b"".join(expected.get(key, ()))
            if tiles.get(key) != (made or None):
                self.find(f"tiles: {key} is not what the events make")

    # The tables.

    def compare(self, table, said, rows):
        """`rows`: key and value of each row; `said`: value and event of each key."""
        left = dict(said)
        for key, value in rows:
            if key not in left:
                self.find(f"{table}: row {key} was added")
                continue
            expected, event = left.pop(key)
            if value != expected:
                self.find(f"{table}: row {key} contradicts event {event}")
        for key, (_, event) in left.items():
            self.find(f"{table}: row {key} is missing: event {event} made it")

    def rows(self, sql, *values):
        return self.db.execute(sql, values)

    def check_staff(self):
        said = self.said
        self.compare("vault", said.vault, (
            (i, record("vault", key).hex())
            for i, key in self.rows("SELECT id, recovery_key FROM vault")))
        self.compare("agencies", said.agencies, self.rows("SELECT id, key FROM agencies"))
        self.compare("agency_keys", said.agency_keys, (
            (row[:2], record("agency_key", *row).hex()) for row in self.rows(
                "SELECT agency, generation, public_key, recovery, created_at FROM agency_keys")))
        self.compare("key_copies", said.key_copies, (
            (row[:3], record("key_copy", *row).hex()) for row in self.rows(
                "SELECT token, agency, generation, sealed FROM key_copies")))
        self.compare("epochs", said.epochs, (
            (row[0], record("epoch", *row).hex()) for row in self.rows(
                "SELECT id, agency, generation, sealed FROM epochs")))
        tokens = list(self.rows("SELECT id, hash, label, agency, role, public_key, created_at,"
                                " revoked_at FROM tokens"))
        self.compare("tokens", said.tokens, (
            (row[0], record("token", *row[:7]).hex()) for row in tokens))
        for row in tokens:
            at, event = said.revoked.get(row[0], (None, None))
            if row[7] != at:
                self.find(f"tokens: revoked_at of row {row[0]} contradicts event {event}")

    def check_line(self):
        said, before = self.said, len(self.findings)
        retries = {row[3]: row for row in self.rows(
            "SELECT id, mark, fingerprint, complaint, answer, created_at FROM idempotency")}
        (count,) = self.rows("SELECT count(*) FROM idempotency").fetchone()
        if count != len(retries):
            self.find("idempotency: two rows of one complaint")
        cases = {}
        for row in self.rows("SELECT * FROM cases ORDER BY id"):
            cases.setdefault(row[1], []).append(row)
        numbers = [row[0] for of in cases.values() for row in of]
        for missing in sorted(set(range(1, said.cases + 1)) - set(numbers))[:SHOWN]:
            self.find(f"cases: row {missing} is missing:"
                      f" event {said.of_case[missing][0][0]} files it")
        counted, marks = Counter(), set()
        good = True
        shreds = dict(self.rows("SELECT id, key FROM shred_keys"))
        for row in self.rows("SELECT * FROM complaints ORDER BY id"):
            shred = row[15], shreds.pop(row[15], None)
            good = self.check_complaint(
                row, shred, cases.pop(row[0], []), retries, counted, marks) and good
        for shred in sorted(shreds):
            self.find(f"shred_keys: row {shred} was added: no complaint has it")
        for complaint, left in cases.items():
            self.find(f"cases: row {left[0][0]}, but there is no complaint {complaint}")
        for complaint, row in retries.items():
            self.find(f"idempotency: row {row[0]} was added: no event makes it")
        stored = set(self.rows("SELECT mark, complaint FROM marks"))
        for mark, complaint in sorted(marks - stored):
            self.find(f"marks: {mark.hex()} of complaint {complaint} is missing")
        for mark, complaint in sorted(stored - marks):
            self.find(f"marks: {mark.hex()} of complaint {complaint} was added")
        if not good:
            return
        cells = {row[:12]: row[12] for row in self.rows(
            "SELECT month, province, channel, language, role, sex, age_band, nationality, queue,"
            " priority, outcome, category, complaints FROM counters")}
        for cell in sorted(set(cells) | set(counted)):
            if cells.get(cell) != counted.get(cell):
                self.find(f"counters: {'/'.join(cell)} is {cells.get(cell)}, not"
                          f" {counted.get(cell)}")

    def check_complaint(self, row, shred, cases, retries, counted, marks):
        said, before, c = self.said, len(self.findings), row[0]
        clear, (sealed, epoch, key, mark), receipt, erased_at = (
            row[:16], row[16:20], row[20:23], row[23])
        erased, erasure = said.erased.get(c, (None, None))
        if erased:
            sealed_digest, key_digests, at = erased
            if erased_at != at or any(v is not None for v in row[16:23]):
                self.find(f"complaints: row {c} contradicts event {erasure}, which erased it")
            if shred[1] != bytes(32):
                self.find(f"shred_keys: row {shred[0]} contradicts event {erasure}")
            sealed_digest = bytes.fromhex(sealed_digest)
        else:
            if erased_at is not None:
                self.find(f"complaints: row {c} is erased, but no event says so")
            sealed_digest = record("sealed", sealed, epoch, key, or_empty(mark))
        digest = record("complaint", *clear, sealed_digest)
        primary = None
        for place, case in enumerate(cases):
            of_case = said.of_case.get(case[0], [])
            words = of_case[0][3].split(" ") if of_case and of_case[0][1] == FILED else []
            if not 3 <= len(words) <= 5 or words[1] not in "012" or words[2] not in "01":
                self.find(f"cases: row {case[0]} was added: no event files it")
                continue
            event, _, at, _ = of_case[0]
            key_digest = None
            if not erased:
                key_digest = record("key", case[6])
            elif place < len(key_digests) and case[6] is None:
                key_digest = bytes.fromhex(key_digests[place])
            began = int(words[1]), int(words[2])
            if record("case", *case[:6], key_digest, *began, digest).hex() != words[0]:
                self.find(f"cases: row {case[0]}, or row {c} of complaints, contradicts event"
                          f" {event}")
            now = replay(*began, of_case[1:])
            wrong = [name for name, value in zip(CASE_STATE, case[7:]) if now[name] != value]
            if wrong:
                self.find(f"cases: row {case[0]} contradicts its events up to"
                          f" {of_case[-1][0]}: {', '.join(wrong)}")
            if case[3] == 1 and len(words) > 3:
                primary = (event, at, words[3], words[4] if len(words) > 4 else None,
                           now["outcome"])
        if primary is None:
            self.find(f"complaints: row {c} was added: no event files it")
            return False
        event, at, receipt_digest, retry, outcome = primary
        if not erased:
            receipt_digest, event = said.hardened.get(c, (receipt_digest, event))
            made = record(
                "receipt", c, receipt[0], receipt[1], or_empty(receipt[2]), shred[1]).hex()
            if made != receipt_digest:
                self.find(f"complaints: the receipt in row {c}, or row {shred[0]} of shred_keys,"
                          f" contradicts event {event}")
        self.check_retry(c, retry, at, erased, retries)
        if mark and c <= said.marks_up_to:
            marks |= {(mark[i:i + 16], c) for i in range(0, len(mark) // 16 * 16, 16)}
        if len(self.findings) > before:
            return False
        cell = (month(row[1]), row[8], row[2], *(row[i] for i in (9, 11, 12, 13, 14, 3)),
                PRIORITIES[row[4]], outcome)
        for category in ("", *json.loads(row[10])):
            counted[cell + (category,)] += 1
        return True

    def check_retry(self, complaint, retry, at, erased, retries):
        before = self.said.purged_before
        if complaint not in retries:
            if retry and not erased and not (before is not None and at < before):
                self.find(f"idempotency: the row of complaint {complaint} is missing")
        elif retry and not erased:
            row = retries.pop(complaint)
            if record("idempotency", *row).hex() != retry:
                self.find(f"idempotency: row {row[0]} contradicts the event that filed it")


def month(at):
    time = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=at, hours=7)
    return time.strftime("%Y-%m")


def read_file(path):
    try:
        with open(path, "rb") as file:
            return file.read(65537)
    except FileNotFoundError:
        return None


def own_key(folder, note):
    """The log's public key from the folder's private one; the note says the log's name."""
    path = os.path.join(folder, "keys", "trail.key")
    text = (read_file(path) or b"").decode("ascii", "replace").strip()
    match = re.fullmatch(r"saiduan-key-v1 ([A-Za-z0-9_-]{43})", text)
    if not match:
        raise BadInput(f"{path}: cannot be read; name the log's key with --vkey")
    seed = base64.urlsafe_b64decode(match[1] + "=")
    name = (note or b"").split(b"\n")[0].decode("utf-8", "replace")
    return Key(name, 1, public_of(seed))


def audit(task):
    """Exit code and output of one data folder."""
    folder, keys, published = task
    try:
        keys = list(keys)
        if not any(key.kind == 1 for key in keys):
            keys.append(own_key(folder, read_file(os.path.join(folder, "checkpoint"))))
        one = Audit(folder, keys, published)
        one.run()
    except BadInput as error:
        return 2, [f"{folder}: {error}"]
    # Whoever reads it wants the first event that is wrong, not what it led to.
    named = lambda finding: int(m[1]) if (m := re.match(r"event (\d+)", finding)) else 1 << 63
    lines = [f"{folder}: {finding}" for finding in sorted(one.findings, key=named)[:SHOWN]]
    lines.append(f"{folder}: {one.events} events, not yet signed: {one.unsigned};"
                 f" {len(one.findings)} findings")
    return int(bool(one.findings)), lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="data folder")
    parser.add_argument("--vkey", action="append", default=[],
                        help="verifier key of the log, and of each witness")
    parser.add_argument("--published", help="file with a checkpoint kept elsewhere")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    try:
        keys = [Key.from_vkey(text) for text in options.vkey]
        published = None
        if options.published:
            published = read_file(options.published)
            if published is None:
                raise BadInput(f"{options.published}: cannot be read")
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    worst = 0
    with Pool(min(options.jobs, len(options.folders))) as pool:
        tasks = [(folder, keys, published) for folder in options.folders]
        for code, lines in pool.imap(audit, tasks):
            print("\n".join(lines), flush=True)
            worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
