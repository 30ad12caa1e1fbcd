#!/usr/bin/env python3
"""Uploads by multipart written by hand: python-multipart.py UPLOAD_URL UPLOAD_IDENTIFIER EXTRA_INFO FOLDER_ID

Two habits: fields that follow a file whose type is `binary`, and a file called like its field, without a type.
"""
import sys
from urllib.request import Request, urlopen

url, identifier, extra_info, folder_id = sys.argv[1:]
BOUNDARY = '----------ThIs_Is_tHe_bouNdaRY_$'


def field(name, value):
    return [f'--{BOUNDARY}', f'Content-Disposition: form-data; name="{name}"', '', value]


def file_part(file_name, content, content_type=None):
    type_line = [f'Content-Type: {content_type}'] if content_type else []
    return [f'--{BOUNDARY}', f'Content-Disposition: form-data; name="userfile"; filename="{file_name}"', *type_line, '', content]


def send(*parts):
    lines = [line for part in parts for line in part] + [f'--{BOUNDARY}--', '']
    headers = {'Content-Type': f'multipart/form-data; boundary={BOUNDARY}'}
    with urlopen(Request(url, data='\r\n'.join(lines).encode(), headers=headers)) as response:
        text = response.read().decode()
    if 'upload_status=ok' not in text:
        raise SystemExit(text)
    start = text.index('file_id=') + len('file_id=')
    return text[start:text.index('\n', start)]


ticket = [field('UPLOAD_IDENTIFIER', identifier), field('extra_info', extra_info)]
after = [field('notify_uploader', '1'), field('folder_id', folder_id)]
print('fields_after=' + send(*ticket, file_part('notes.txt', 'fields follow', 'binary'), *after))
print('like_its_field=' + send(*ticket, file_part('userfile', 'no type')))
