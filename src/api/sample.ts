/** The account in all samples: the same data, so that sample requests and answers fit together. */
export const SAMPLE = {
  publicUrl: 'http://files.example',
  apiKey: 'RESPACE001',
  token: 'n4c1r0q8m2w7x5z9k3j6h1g8f2d4s7a0',
  sessionKey: 'v8t3y6b1n9m4k7j2h5g0f3d6s9a1q4w7',
  userName: 'alice',
  password: 'sesame1',
  /** From the password and the token above. */
  tokenedPassword: 'c70ba566b8c1cb9e660cf635002f05af',
  fullName: 'Alice Example',
  email: 'alice@example.org',
  friend: 'bob@example.org',
  fileId: 'k3x9ab',
  fileName: 'Holiday photos.zip',
  filePassword: 'sesame',
  fileSize: 52428800,
  description: 'From the lake',
  folderId: 'q7w2e1',
  folderName: 'Photos',
  /** An empty one in the other. */
  innerFolderId: 'p5t8u0',
  innerFolderName: 'Lake',
  message: 'Have a look',
  deleteCode: '3f9c0b7a5d2e48161c8b9f0e7d6a5c43',
  ticketId: '731904225.1767323045.5B98C666.418820062.0',
  ticketProof: 'q1w9e8r7t6y5u4i3o2p1a9s8d7f6g5h4j3k2l1z0'
} as const
