#!/usr/bin/env node
/** The command line. */
import { Command } from 'commander'
import { listWaiting, testMail } from './commands/mail.ts'
import { explain } from './commands/problem.ts'
import { serve } from './commands/serve.ts'
import { addAccount, changeAccount, changePassword, listAccounts } from './commands/user.ts'
import { flagOf, readConfig, readVersion, SECRET_VARIABLES, SETTINGS, type Config } from './config.ts'

const program = new Command('respace')
  .description('A file-sharing server that speaks the sendspace API')
  .version(readVersion())
  .showHelpAfterError('(see respace --help)')

withSettings(program.command('serve').description('run the server'), Object.keys(SETTINGS))
  .addHelpText('after', `\nEach is a variable as well: --public-url is RESPACE_PUBLIC_URL. Only there, where other users of the machine do not see them:\n${SECRET_VARIABLES}`)
  .action(flags => serve(readConfig(flags)))

const user = program.command('user').description('accounts; works beside a running server')
withSettings(user.command('add <name>').description('open an account'))
  .requiredOption('--email <address>', 'its e-mail address')
  .option('--full-name <name>', 'default: the user name')
  .option('--plan <plan>', 'Lite, Pro or Max; default: the setting default-plan')
  .option('--password', 'read the password from standard input; default: make one and print it')
  .action((name, options) => addAccount(configOf(options), name, options))
withSettings(user.command('list').description('show all accounts')).action(options => listAccounts(configOf(options)))
withSettings(user.command('passwd <name>').description('give an account a new password'))
  .option('--password', 'read it from standard input; default: make one and print it')
  .action((name, options) => changePassword(configOf(options), name, options))
withSettings(user.command('set <name>').description('change an account'))
  .option('--plan <plan>', 'Lite, Pro or Max')
  .option('--quota <size>', 'disk space such as "8 GiB", or unlimited, or plan for what the plan says')
  .option('--disabled <yes|no>', 'a disabled account cannot log in or upload')
  .action((name, options) => changeAccount(configOf(options), name, options))

const mail = program.command('mail').description('mail that waits in storage, and whether it can be sent')
withSettings(mail.command('list').description('show mails that wait or were given up, oldest first')).action(options => listWaiting(configOf(options)))
withSettings(mail.command('test <address>').description('send a mail now and show the talk with the mail server (RESPACE_SMTP_URL)'), ['mailFrom', 'smtpCa', 'smtpTimeout'])
  .action((address, flags) => testMail(readConfig(flags), address))

function withSettings (command: Command, names: readonly string[] = ['storage']): Command {
  for (const [name, { kind, fallback, about, isSecret }] of Object.entries(SETTINGS)) {
    if (!names.includes(name) || isSecret) continue
    command.option(`${flagOf(name)} <${kind.name}>`, about + (fallback === '' ? '' : ` [${fallback}]`))
  }
  return command
}

function configOf ({ storage }: { storage?: string }): Config {
  return readConfig({ storage })
}

// What this program writes is nobody else's to read.
process.umask(0o077)
program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`respace: ${explain(error)}\n`)
  process.exitCode = 1
})
