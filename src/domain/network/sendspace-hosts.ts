/** The host names built into published programs. */
export const SENDSPACE_HOSTS: readonly string[] = ['api.sendspace.com', 'www.sendspace.com', 'sendspace.com']
