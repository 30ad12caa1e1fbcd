"""Every method, upload, download and tus by the generated client: generated-client.py FOLDER VERSION VERB URL. Prints which methods were called."""
import base64
import dataclasses
import json
import sys
import typing

folder, version, verb, url = sys.argv[1:]
sys.path.insert(0, folder)
import sendspace  # noqa: E402

client = sendspace.Client(url, 'RESPACE001', version, verb)


def typed(value):
    """Its fields have the types that the client declares."""
    for name, expected in typing.get_type_hints(type(value), vars(sendspace)).items():
        check(getattr(value, name), expected, f'{type(value).__name__}.{name}')
    return value


def check(value, expected, where):
    origin, args = typing.get_origin(expected), typing.get_args(expected)
    if origin is list:
        for item in value:
            check(item, args[0], where)
    elif origin is typing.Union:
        assert value is None or isinstance(value, args[0]), where
    else:
        assert isinstance(value, expected), f'{where}: {value!r} is no {expected}'
    if dataclasses.is_dataclass(value):
        typed(value)


def refused(error, call, *args, **others):
    try:
        call(*args, **others)
    except error as caught:
        assert type(caught) is error and caught.code == error.code and str(caught), caught
        return caught
    raise AssertionError(f'{error.__name__} was not raised')


# Accounts and sessions
assert typed(client.auth_register(user_name='newcomer', full_name='New Comer', email='new@example.org', password='sesame1')).status == 'ok'
assert refused(sendspace.RegistrationError, client.auth_register, user_name='x', full_name='New Comer', email='other@example.org').text
refused(sendspace.SessionKeyMissing, client.folders_get_all)
token = typed(client.auth_create_token()).token
refused(sendspace.AuthenticationFailure, client.auth_login, token, 'newcomer', sendspace.prove(token, 'wrong'))
login = typed(client.auth_login(token, 'newcomer', sendspace.prove(token, 'sesame1')))
assert (login.user_name is None) == (version == '1.0') and login.capable_upload == 1 and login.diskspace_left > 0
client.session_key = login.session_key
assert typed(client.auth_check_session()).session == 'ok'

# Uploads
ticket = typed(client.upload_get_info()).upload
fields = {'MAX_FILE_SIZE': str(ticket.max_file_size), 'UPLOAD_IDENTIFIER': ticket.upload_identifier, 'extra_info': ticket.extra_info}
assert typed(client.progress(ticket.progress_url)).status == 'ok'
stored = typed(client.upload(ticket.url, 'a.txt', b'hello', {**fields, 'description': 'first'}))
assert isinstance(stored, sendspace.UploadStatus) and stored.upload_status == 'ok' and len(stored.items) == 1
progress = typed(client.progress(ticket.progress_url))
assert (progress.status, progress.meter) == ('done', 100)
a = stored.items[0].file_id
b = typed(client.put(client.upload_get_info().upload.url, b'world!', {'userfile': 'b.txt'})).items[0].file_id
refused(sendspace.FolderNotFound, client.upload, client.upload_get_info().upload.url, 'c.txt', b'c', {'folder_id': 'zzzzzz'})
refused(sendspace.InvalidParameter, client.upload, ticket.url.replace('UPLOAD_IDENTIFIER=', 'UPLOAD_IDENTIFIER=9'), 'c.txt', b'c', {})
anonymous = typed(client.anonymous_upload_get_info()).upload
done = typed(client.upload(anonymous.url, 'anonymous.txt', b'anyone', {'extra_info': anonymous.extra_info}))
assert isinstance(done, sendspace.UploadDone) and done.status == 'ok' and done.items[0].download_url.endswith(done.items[0].file_id)
if version >= '1.2':
    assert done.items[0].file_name == 'anonymous.txt'
    assert typed(client.anonymous_files_send_mail(done.items[0].file_id, 'me@example.org', ['you@example.org'])).status == 'ok'

# Files
info = typed(client.files_get_info([a, b]))
assert [file.name for file in info.file] == ['a.txt', 'b.txt'] and not info.failures and info.file[0].description == 'first'
partly = typed(client.files_get_info([a, 'zzzzzz']))
assert len(partly.file) == 1 and type(partly.failures[0]) is sendspace.FileNotFound and partly.failures[0].ids == ('zzzzzz',)
refused(sendspace.FileNotFound, client.files_get_info, 'zzzzzz')
try:
    client.files_set_info(a, limit_action=7)
    raise AssertionError('7 is no action')
except ValueError:
    pass
assert typed(client.files_set_info(a, name='renamed.txt', password='open')).file[0].name == 'renamed.txt'
refused(sendspace.BadPassword, client.download_get_info, a, password='wrong')
download = typed(client.download_get_info(a, password='open')).download
assert client.send('download', 'GET', {}, path=download.url).body == b'hello'
part = client.send('download', 'GET', {'Range': 'bytes=1-2'}, path=download.url)
assert (part.status, part.body) == (206, b'el')

# Folders
inbox = typed(client.folders_create('Inbox', shared=1)).folder
inner = typed(client.folders_create('Inner', parent_folder_id=inbox.id)).folder
assert {folder.name for folder in typed(client.folders_get_all()).folder} >= {'Inbox', 'Inner'}
assert typed(client.files_move_to_folder(b, inbox.id)).file[0].folder_id == inbox.id
assert typed(client.folders_get_info(inbox.id)).folder.total_files == 1
assert typed(client.folders_get_contents(inbox.id)).file[0].id == b
shared = typed(client.folders_get_shared(inbox.id))
assert shared.current.name == 'Inbox' and shared.file[0].id == b
assert typed(client.folders_set_info(inner.id, name='Renamed')).folder.name == 'Renamed'
assert typed(client.folders_move(inner.id, '0')).status == 'ok'
refused(sendspace.BadTargetFolder, client.folders_move, inbox.id, inbox.id)
assert typed(client.files_send_mail(b, 'you@example.org')).id == b
assert typed(client.folders_send_mail(inbox.id, ['you@example.org', 'they@example.org'])).id == inbox.id
difference = next(entry for entry in json.load(open(f'{folder}/contract.json'))['differences'] if entry['error'] == 'API_ERROR_FOLDER_NOT_EMPTY')
if difference['since'] <= version < difference['until']:
    refused(sendspace.FolderNotEmpty, client.folders_delete, inbox.id)
    assert typed(client.files_delete([a, b])).id == f'{a},{b}'
    assert typed(client.folders_delete([inbox.id, inner.id])).status == 'ok'
else:
    assert typed(client.folders_delete([inbox.id, inner.id])).status == 'ok'
    assert typed(client.files_delete(a)).id == a

# The address book
contact = typed(client.addressbook_add('friend@example.org', name='A Friend', type=0)).contact
refused(sendspace.ContactExists, client.addressbook_add, 'friend@example.org')
assert contact in typed(client.addressbook_list()).contact
assert typed(client.addressbook_update('friend@example.org', name='Old Friend')).contact.name == 'Old Friend'
refused(sendspace.ContactNotExists, client.addressbook_update, 'nobody@example.org')
assert typed(client.addressbook_delete(['friend@example.org'])).email == 'friend@example.org'

# tus
tus = {'Tus-Resumable': '1.0.0'}
assert client.send('tusOptions', 'OPTIONS', {}).headers['tus-version'] == '1.0.0'
created = client.send('tusCreate', 'POST', {**tus, 'Upload-Length': '10', 'Upload-Metadata': 'filename ' + base64.b64encode(b'tus.txt').decode()})
place = created.headers['location']
client.send('tusAppend', 'PATCH', {**tus, 'Upload-Offset': '0'}, b'01234', place)
assert client.send('tusOffset', 'HEAD', tus, path=place).headers['upload-offset'] == '5'
client.send('tusAppend', 'PATCH', {**tus, 'Upload-Offset': '5'}, b'56789', place)
second = client.send('tusCreate', 'POST', {**tus, 'Upload-Length': '10'}).headers['location']
client.send('tusTerminate', 'DELETE', tus, path=second)
try:
    client.send('uploadWithKey', 'POST', {'Authorization': 'Bearer ' + 'x' * 32}, b'')
    raise AssertionError('a key that is none was taken')
except sendspace.urllib.error.HTTPError as refusal:
    assert refusal.code == 401 and json.load(refusal)['error']

assert typed(client.auth_logout()).status == 'ok'
refused(sendspace.SessionBad, client.folders_get_all)
print(json.dumps(sorted(client.called)))
