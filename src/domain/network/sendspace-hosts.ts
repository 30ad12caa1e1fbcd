/** The hosts that published programs have built in. */
export const SENDSPACE_HOSTS: readonly string[] = ['api.sendspace.com', 'www.sendspace.com', 'sendspace.com']
