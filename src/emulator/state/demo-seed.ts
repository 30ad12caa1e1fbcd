/** A user for every condition, so that it can be tried without control calls. The password of each is `demo`. */
export const DEMO_SEED = {
  accounts: [
    {
      user: 'demo',
      membership: { type: 'Pro' },
      folders: [{ name: 'Documents' }, { name: 'Holiday', shared: true }, { name: 'Photos', shared: true, parent: 'Holiday' }],
      files: [
        { name: 'hello.txt', content: 'Hello, world!\n', description: 'A first file' },
        { name: 'secret.txt', content: 'You know the password.\n', password: 'demo', folder: 'Documents' },
        { name: 'beach.bin', size: '64 KiB', folder: 'Photos' }
      ],
      contacts: [{ email: 'friend@example.org', name: 'A Friend' }]
    },
    // A Lite account, as new ones are.
    { user: 'lite' },
    // 19 from upload.getInfo.
    { user: 'expired', membership: { type: 'Pro', ends: '2025-12-31T00:00:00Z' } },
    // 20 from upload.getInfo.
    { user: 'diskfull', membership: { type: 'Pro' }, diskspace: { limit: 0 } },
    // 23 from download.getInfo.
    { user: 'bwout', membership: { type: 'Pro' }, bandwidth: { limit: 0 } },
    // 30 from the second auth.login.
    { user: 'onesession', maxSessions: 1 },
    // 11 from upload.getInfo.
    { user: 'noupload', capabilities: { upload: 0 } },
    // 11 from folders.create and the like.
    { user: 'nofolders', capabilities: { folders: 0 } },
    // 17 over HTTPS: the header X-Forwarded-Proto: https is enough.
    { user: 'httpsno', https: 'forbidden' },
    // 32 from addressbook.add.
    { user: 'contactsfull', maxContacts: 1, contacts: [{ email: 'friend@example.org', name: 'A Friend' }] }
  ]
}
