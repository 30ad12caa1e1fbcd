/** Every text column of the database and how many bytes it may hold, whatever clients send; `null`: an operator writes it. */

const ID = 6
const KEY = 32
const HASH = 64
const UPLOAD = 80
const NAME = 255
const DESCRIPTION = 4096
const MESSAGE = 10_240
const OTHER = 1024
/** 254 characters of up to four bytes. */
const EMAIL = 1016
/** Nonce and tag, as base64 with its mark. */
const sealed = (bytes: number): number => 3 + Math.ceil((bytes + 28) * 4 / 3)
/** A host, a port and what a reverse proxy took off the path. */
const URL = 8 + 255 + 6 + OTHER
/** Files that one mail may list, each with its name, escaped, its link twice, and the tags around them. */
const MAIL = MESSAGE * 6 + 5000 + 500 * (NAME * 6 + URL * 2 + 600)
/** In base64. */
const LOGO = 256 * 1024 * 4 / 3 + 4
/** As JSON in base64, of a header that Node takes. */
const METADATA = 16 * 1024 * 6

export const MAX_BYTES: Readonly<Record<string, number | null>> = {
  'damaged_blobs.blob_id': UPLOAD,
  'known_origins.subject': HASH,
  'rate_counts.subject': HASH,
  'resumable_uploads.address': KEY,
  'resumable_uploads.generation': HASH,
  'storage_totals.name': KEY,
  'tickets.address': KEY,
  'tokens.address': KEY,
  'users.visited_url': URL,
  'contacts.description': OTHER,
  'contacts.email': EMAIL,
  'contacts.email_key': EMAIL,
  'contacts.name': NAME,
  'doomed_blobs.blob_id': UPLOAD,
  'duties.name': HASH,
  'events.about': OTHER,
  'events.address': OTHER,
  'events.id': KEY,
  'events.kind': KEY,
  'events.who': OTHER,
  'bundles.address': KEY,
  'bundles.delete_code': KEY,
  'bundles.folder_id': ID,
  'bundles.limit_action_folder_id': ID,
  'bundles.message': MESSAGE,
  'bundles.sealed_password': sealed(OTHER),
  'file_requests.folder_id': ID,
  'file_requests.id': KEY,
  'file_requests.message': MESSAGE,
  'file_requests.sealed_password': sealed(OTHER),
  'file_requests.title': OTHER,
  'file_requests.types': OTHER,
  'files.blob_id': UPLOAD,
  'files.delete_code': KEY,
  'files.description': DESCRIPTION,
  'files.folder_id': ID,
  'files.id': ID,
  'files.limit_action_folder_id': ID,
  'files.name': NAME,
  'files.sealed_password': sealed(OTHER),
  'folders.id': ID,
  'folders.name': NAME,
  'folders.parent_id': ID,
  'held_places.file_id': ID,
  'held_places.server_id': HASH,
  'invitations.code_hash': HASH,
  'key_check.signature': HASH,
  'login_attempts.subject': HASH,
  'mails.id': KEY,
  'mails.last_error': OTHER,
  'mails.recipient': EMAIL,
  'mails.reply_to': EMAIL,
  'mails.sealed_html': sealed(MAIL),
  'mails.sealed_text': sealed(MAIL),
  'mails.subject': OTHER,
  'moves.from_blobs': null,
  'moves.from_database': null,
  'moves.state': null,
  'moves.to_blobs': null,
  'moves.to_database': null,
  'moves.token': null,
  'page_sessions.key_hash': HASH,
  'page_sessions.user_agent': OTHER,
  'pauses.name': KEY,
  'request_arrivals.file_id': ID,
  'request_arrivals.public_url': URL,
  'request_arrivals.title': OTHER,
  'request_arrivals.visit': KEY + 1 + KEY,
  'resumable_uploads.file_id': ID,
  'resumable_uploads.request_id': KEY,
  'resumable_uploads.sealed_fields': sealed(METADATA),
  'resumable_uploads.ticket_id': HASH,
  'resumable_uploads.upload_id': UPLOAD,
  'resumable_uploads.writer': KEY,
  'schema_migrations.name': HASH,
  'servers.id': HASH,
  'sessions.api_version': 3,
  'sessions.session_key': KEY,
  'site_settings.name': KEY,
  'site_settings.value': LOGO,
  'thumbnails.file_id': ID,
  'thumbnails.image': Math.ceil(50 * 1024 / 3) * 4,
  'tickets.api_version': 3,
  'tickets.id': HASH,
  'tickets.outcome': 4,
  'tickets.proof': 40,
  'tickets.upload_id': UPLOAD,
  'tokens.api_key': 10,
  'tokens.api_version': 3,
  'tokens.app_version': 64,
  'tokens.token': KEY,
  'upload_keys.key_hash': HASH,
  'upload_keys.kind': KEY,
  'upload_notices.locale': KEY,
  'upload_notices.file_ids': 50 * (ID + 1),
  'upload_notices.message': MESSAGE,
  'upload_notices.public_url': URL,
  'upload_notices.recipients': 20 * (EMAIL + 1),
  'upload_notices.upload_id': UPLOAD,
  'users.capabilities': HASH,
  'users.email': EMAIL,
  'users.email_key': EMAIL,
  'users.full_name': 400,
  'users.locale': KEY,
  'users.page_password': 100,
  'users.plan': 4,
  'users.sealed_password': sealed(32),
  'users.user_name': EMAIL,
  'users.user_name_key': EMAIL
}
