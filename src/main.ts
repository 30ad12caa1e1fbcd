#!/usr/bin/env node
/** The command line. */
import { Command } from '@commander-js/extra-typings'
import { DEV_SETTINGS, STDIN_OPTION, TOKEN_OPTION, withDevOptions } from './commands/dev-options.ts'
import { listWaiting, testMail } from './commands/mail.ts'
import { outliveOutput } from './commands/output.ts'
import { switchPause } from './commands/pause.ts'
import { explain } from './commands/problem.ts'
import { serve } from './commands/serve.ts'
import { withSettings } from './commands/setting-options.ts'
import { addAccount, changeAccount, changePassword, deleteAccount, endSessions, listAccounts, showAccount } from './commands/user.ts'
import { PAUSES } from './domain/pause.ts'
import { ACCOUNT_CHANGES } from './settings/account-change.ts'
import { EMULATOR_DEFAULTS, flagOf, loadConfig, readVersion, SECRET_VARIABLES, SETTINGS, type Config } from './config.ts'

const program = new Command('respace')
  .description('A file-sharing server that speaks the sendspace API')
  .version(readVersion()).showHelpAfterError('(see respace --help)')
  .enablePositionalOptions()

withSettings(program.command('serve').description('run the server'), Object.keys(SETTINGS))
  .addHelpText('after', `\nEach is a variable as well: --public-url is RESPACE_PUBLIC_URL. These are only variables, since other users of the machine can see command lines:\n${SECRET_VARIABLES}`)
  .action(async flags => serve(await loadConfig(flags)))

withDevOptions(withSettings(program.command('dev').description('run the emulator: a backend for tests'), DEV_SETTINGS, EMULATOR_DEFAULTS))
  .option(...TOKEN_OPTION).option(...STDIN_OPTION)
  .action(async ({ judge, exitOnStdinClose, ...options }) => (await import('./commands/dev.ts')).dev(options, { judge, exitOnStdinClose }))
withDevOptions(withSettings(program.command('exec <command...>').description('run a command against a temporary emulator and return its exit code'), ['config']))
  .option('--as-sendspace', 'answer the command at https://api.sendspace.com and the other addresses of sendspace, and nothing else: by a proxy and a throwaway certificate authority')
  .option('--tls', 'RESPACE_URL is an https address with a certificate that the command trusts')
  .passThroughOptions().action(async (command, options) => (await import('./commands/exec.ts')).exec(command, options))

program.command('record <url> [command...]').description('stand between clients and a server, and keep every exchange without its secrets for dev --replay; with a command, run it with all its requests led here')
  .requiredOption('-o, --output <file>', 'a new file, in HAR 1.2').option('--port <port>', 'on 127.0.0.1; 0 picks a free one [8090, with a command 0]')
  .option('--max-body <size>', 'longer bodies are kept as size and SHA-256 only [1 MiB]').option('--ready-file <file>', 'write {"url", "pid"} once requests are answered')
  .action(async (url, command, options) => (await import('./commands/record.ts')).record(url, command, options))

program.command('drill [command...]').description('run a client\'s command through situations that go wrong, each in an emulator of its own; see docs/emulator.md')
  .option('--only <id...>', 'only these drills, or runs of them').option('--jobs <n>', 'runs at the same time', '1').option('--patience <seconds>', 'how long a run may take', '60')
  .option('--seed <demo|none|file>', 'initial data, as for dev', 'demo').option('--strict', 'what is risky is a failure')
  .option('--report <file...>', '.html, .json, .xml (JUnit) or .md').option('--list', 'print all drills')
  .passThroughOptions().action(async (command, flags) => (await import('./commands/drill.ts')).drill(command, flags))

program.command('check [url]').description('judge any server by the contract of the API; "dev" is an emulator of its own; see docs/contract-kit.md')
  .option('--target <file>', 'accounts, features and states of the server, as YAML').option('--profile <name>', 'guide, observed or respace: what is judged', 'guide')
  .option('--only <part...>', 'only checks whose id contains this').option('--report <kind=file...>', 'junit, json, html, md or badge')
  .option('--baseline <file>', 'known failures, one id a line').option('--edition <n>', 'judge only what this edition of the kit has; the newest by default').option('--strict', 'a should that is not kept is a failure').option('--complete', 'what is untested is a failure')
  .option('--verbose', 'a line for each check').option('--list', 'print all checks')
  .action(async (url, flags) => (await import('./commands/check.ts')).checkTarget(url, flags))

const user = program.command('user').description('manage accounts, also while the server runs')
withSettings(user.command('add <name>').description('create an account'))
  .requiredOption('--email <address>', 'its e-mail address')
  .option('--full-name <name>', 'default: the user name')
  .option('--plan <plan>', 'Lite, Pro or Max; default: the setting default-plan')
  .option('--password', 'read the password from standard input; default: generate one and print it')
  .option('--admin', 'make it an administrator')
  .action(async (name, options) => addAccount(await configOf(options), name, options))
withSettings(user.command('list').description('show all accounts')).action(async options => listAccounts(await configOf(options)))
withSettings(user.command('passwd <name>').description('set a new password')).option('--password', 'read it from standard input; default: generate one and print it')
  .action(async (name, options) => changePassword(await configOf(options), name, options))
withSettings(user.command('end-sessions <name>').description('log out all browsers and programs, revoke upload keys, end unfinished uploads; a new password does the same'))
  .action(async (name, options) => endSessions(await configOf(options), name))
withSettings(user.command('show <name>').description('show everything about an account')).action(async (name, options) => showAccount(await configOf(options), name))
const set = withSettings(user.command('set <name>').description('change an account'))
for (const [name, { kind, about }] of Object.entries(ACCOUNT_CHANGES)) set.option(`${flagOf(name)} <${kind.name}>`, about)
set.action(async (name, options) => changeAccount(await configOf(options), name, options))
withSettings(user.command('delete <name>').description('delete an account with all its files')).option('--yes', 'do not ask for the name again')
  .action(async (name, options) => deleteAccount(await configOf(options), name, options))

const mail = program.command('mail').description('the mail queue, and a test mail')
withSettings(mail.command('list').description('show queued and failed mails, oldest first')).action(async options => listWaiting(await configOf(options)))
withSettings(mail.command('test <address>').description('send a mail now and show the SMTP session (RESPACE_SMTP_URL)'), ['config', 'mailFrom', 'smtpName', 'publicUrl', 'smtpCa', 'smtpTimeout'])
  .action(async (address, flags) => testMail(await loadConfig(flags), address))

withSettings(program.command('events').description('print the security log, the oldest first, each event as a line of JSON'))
  .action(async options => (await import('./commands/events.ts')).printEvents(await configOf(options)))

withSettings(program.command('backup <folder>').description('save everything into a folder, also while the server runs; into the folder of an earlier backup only new files'))
  .option('--force', 'also save a damaged database, as far as it can be read')
  .action(async (folder, options) => (await import('./commands/backup.ts')).backUp(await configOf(options), folder, options))
withSettings(program.command('restore <folder>').description('restore a backup into an empty storage folder, or resume an interrupted restore'))
  .option('--force', 'also restore a damaged database, as far as it can be read')
  .action(async (folder, options) => (await import('./commands/restore.ts')).restore(await configOf(options), folder, options))
withSettings(program.command('fsck').description('check that files, bytes and counters agree; exit code 1 when they do not'))
  .option('--checksums', 'also read all bytes').option('--repair', 'repair the problems; the server must be stopped')
  .action(async options => (await import('./commands/fsck.ts')).check(await configOf(options), options))

withSettings(program.command('migrate').description('move to PostgreSQL and a bucket, or back: bytes while the server runs, the rest once it has ended; see docs/operations.md'))
  .option('--to <address>', 'target of the database: postgres://…, or a storage folder; default: it stays').option('--blobs <address>', 'target of the bytes of files: s3://…, or a storage folder; default: they stay')
  .option('--prepare', 'only copy the bytes, while the server runs').option('--checksums', 'read files of an earlier run again')
  .option('--without-lost', 'leave out files with missing or damaged bytes; each is named').option('--cancel', 'keep the storage in its old place after an interrupted run')
  .action(async options => (await import('./commands/migrate.ts')).moveStorage(await configOf(options), options))

for (const pause of PAUSES) {
  withSettings(program.command(`${pause} [on|off]`).description(`turn ${pause} on or off, also while the server runs; no argument shows the state`))
    .action(async (word, options) => switchPause(await configOf(options), pause, word))
}

const configOf = ({ storage, config }: { storage?: string, config?: string }): Promise<Config> => loadConfig({ storage, config })

// Files written by this program are private.
process.umask(0o077)
outliveOutput()
program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`respace: ${explain(error)}\n`)
  process.exitCode = 1
})
