/**
 * Migrations: the schema as numbered steps, from an empty file to today's.
 *
 * Steps are only ever added, never edited: a database written by any released version must open.
 * The database's `user_version` is the number of steps it has taken; each step and its number are
 * one transaction, so a crash between steps is taken up where it stopped. A database with more
 * steps than this program knows is refused unchanged (`database.ts`).
 *
 * The tables:
 *
 *     counter       the highest account and channel numbers ever given, the latest change
 *     account       one row each, metadata as JSON; number 0, the server, has none
 *     channel       one row each, lists and metadata as JSON
 *     member        who is in which channel, and from which sequence on they may read
 *     conversation  the pair of accounts behind a private log's number, the lower number first
 *     log           the last sequence given in each log, its time, and the last sequence that is gone
 *     entry         what happened: rows are added, blanked (`erasing.ts`), or removed from a log's front
 *     erasure       rows of `entry` that were blanked or removed, for whoever keeps what follows from them
 *     removal       accounts that are gone, what they said still being erased
 *     verifier      what proves a password; only `auth` reads and writes it
 *     generation    how many verifiers the account has had
 *     credential    what proves an account besides its password; only `auth` reads and writes it
 *     invitation    who may make an account, or a new password, with which token
 *     audit         what happened to accounts and logins, the newest of it
 *     kept          how many changes were ever kept, for the witness (`witness.ts`)
 *     read_marker   up to when an account has read in a channel, or in a conversation with another
 *     device_seen   up to which entry, by its id, a device was shown what was said
 *
 * **Why `entry` has a rowid.** With PRIMARY KEY (log, sequence) WITHOUT ROWID each row, whole, goes
 * to a random leaf page: 20 µs a row in a transaction of 100. Appending rows and putting only (log,
 * said, sequence) into an index is half of that.
 *
 * An entry's id is never given twice: ids ascend in the order in which entries are kept, which is
 * how devices (and whoever follows the log) know where they are. So the entry with the highest id
 * is never deleted.
 *
 * **Why `said` is in the index.** Most readers want what was said (PRIVMSG, NOTICE) without joins
 * and quits. With the class between log and sequence, each class is an index range of its own: a
 * page of what was said skips any number of events and of erased messages unseen, and a page of
 * everything is the merge of ranges. A second index on the said rows would answer the same for one
 * more index write a message. The classes (`entries.ts`): 0 it happened, 1 it was said, 2 it was
 * erased, 3 it says what was erased.
 *
 * **What `reply` is for.** A reaction goes with the message it means: `reply` has that message's id,
 * for reactions alone, so that they are found without reading all that came after it.
 */

/** `PRAGMA application_id` of our files: "auth" in ASCII. */
export const applicationId = 0x61757468;

export const migrations: readonly string[] = [
  `
  CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE account (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX account_state ON account (state, folded);

  CREATE TABLE channel (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    founder INTEGER,
    topic_text TEXT,
    topic_by TEXT,
    topic_at INTEGER,
    flags TEXT NOT NULL,
    key TEXT,
    member_limit INTEGER,
    bans TEXT NOT NULL,
    invite_exceptions TEXT NOT NULL
  ) STRICT;

  CREATE TABLE member (
    channel INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    prefixes TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (channel, account)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX member_account ON member (account);

  CREATE TABLE conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL CHECK (low <= high),
    UNIQUE (low, high)
  ) STRICT;
  CREATE INDEX conversation_high ON conversation (high);

  CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    head INTEGER NOT NULL,
    time INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    said INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    account INTEGER NOT NULL,
    source TEXT NOT NULL,
    command TEXT NOT NULL,
    target TEXT NOT NULL,
    middle TEXT NOT NULL,
    text TEXT NOT NULL,
    tags TEXT NOT NULL,
    nonce TEXT,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX entry_place ON entry (log, said, sequence);
  CREATE UNIQUE INDEX entry_nonce ON entry (account, nonce) WHERE nonce IS NOT NULL;

  CREATE TABLE verifier (
    account INTEGER PRIMARY KEY CHECK (account > 0),
    form TEXT NOT NULL,
    data BLOB NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE generation (
    account INTEGER PRIMARY KEY CHECK (account > 0),
    value INTEGER NOT NULL
  ) STRICT;
  INSERT INTO generation (account, value) SELECT account, 1 FROM verifier;
  CREATE INDEX verifier_form ON verifier (form);
  `,
  `
  ALTER TABLE account ADD COLUMN is_strict INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE account ADD COLUMN expires_at INTEGER;
  ALTER TABLE account ADD COLUMN metadata TEXT;
  ALTER TABLE channel ADD COLUMN metadata TEXT;
  ALTER TABLE channel ADD COLUMN ban_exceptions TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE channel ADD COLUMN forward TEXT;

  CREATE TABLE credential (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL CHECK (account > 0),
    kind TEXT NOT NULL,
    lookup BLOB,
    label TEXT NOT NULL,
    data BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    expires_at INTEGER
  ) STRICT;
  CREATE INDEX credential_account ON credential (account, kind, id);
  CREATE UNIQUE INDEX credential_lookup ON credential (kind, lookup) WHERE lookup IS NOT NULL;
  CREATE INDEX credential_expiry ON credential (expires_at) WHERE expires_at IS NOT NULL;

  CREATE TABLE invitation (
    hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    role TEXT NOT NULL,
    rooms TEXT NOT NULL,
    account INTEGER,
    uses INTEGER NOT NULL,
    uses_left INTEGER NOT NULL CHECK (uses_left > 0),
    label TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    event TEXT NOT NULL,
    account TEXT NOT NULL,
    address TEXT NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_account ON audit (account, id);

  CREATE INDEX verifier_header ON verifier (form, substr(data, 1, 11));
  ALTER TABLE entry ADD COLUMN seams TEXT NOT NULL DEFAULT '';

  ALTER TABLE entry ADD COLUMN reply TEXT;
  UPDATE entry SET reply = substr(tags, instr(tags, 'reply=') + 6,
      instr(substr(tags, instr(tags, 'reply=') + 6) || ';', ';') - 1)
    WHERE command = 'TAGMSG' AND instr(tags, 'reply=') > 0;
  CREATE INDEX entry_reply ON entry (log, reply) WHERE reply IS NOT NULL;
  CREATE TABLE erasure (id INTEGER PRIMARY KEY AUTOINCREMENT, entry INTEGER NOT NULL) STRICT;

  ALTER TABLE channel ADD COLUMN keep_days INTEGER;
  ALTER TABLE log ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE removal (
    account INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    reached INTEGER NOT NULL,
    last INTEGER NOT NULL,
    erased INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE kept (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    changes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO kept (id, changes) VALUES (1, 0);
  ALTER TABLE account ADD COLUMN is_always_on INTEGER;

  CREATE TABLE read_marker (
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    target INTEGER NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (account, kind, target)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE device_seen (
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    device TEXT NOT NULL,
    entry INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (account, device)
  ) STRICT, WITHOUT ROWID;
  `,
];
