#!/usr/bin/env python3
"""Uploads on the strength of the address alone: ticket-in-the-url.py WAY UPLOAD_URL EXTRA_INFO FOLDER_ID [CUT]

One way per habit that published programs have with the form or the address. With CUT the last bytes of the body are not
sent, nor announced. Prints the answer.
"""
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

way, url, extra_info, folder_id, *rest = sys.argv[1:]
cut = int(rest[0]) if rest else 0
CONTENT = b'line one\r\nline two\r\n--B'
TYPE = {'Content-Type': 'multipart/form-data; boundary=AaB03x'}
START = b'--AaB03x\r\n'
END = b'\r\n--AaB03x--\r\n'
FILE = b'Content-Disposition: form-data; name="userfile"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n' + CONTENT


def field(name, value):
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def form(*parts):
    return START + (b'\r\n' + START).join(parts) + END


def send(address, body, method='POST', headers=TYPE):
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc)
    connection.request(method, f'{parts.path}?{parts.query}', body[:len(body) - cut], headers)
    print(connection.getresponse().read().decode())


def re_sorted(address):
    """The query from its end to its start, with what belongs into the form added to it."""
    path, query = address.split('?')
    return f"{path}?{'&'.join(reversed(query.split('&')))}&extra_info={extra_info}&folder_id={folder_id}&description=&userfile=photo.jpg"


WAYS = {
    'no fields': lambda: send(url, form(FILE)),
    're-sorted query': lambda: send(re_sorted(url), form(FILE)),
    'PUT of a form': lambda: send(re_sorted(url), form(FILE.replace(b'image/jpeg', b'multipart/form-data')), 'PUT', {}),
    'PUT of the file': lambda: send(re_sorted(url), CONTENT, 'PUT', {'Content-Type': 'application/octet-stream'}),
    'never unescaped': lambda: send(url.replace('&', '&amp;'), form(FILE)),
    'upper case, after the file': lambda: send(url, form(FILE, field('EXTRA_INFO', extra_info), field('FOLDER_ID', folder_id))),
    'LF in part headers': lambda: send(url, form(field('folder_id', folder_id).replace(b'\r\n', b'\n'),
                                                 FILE.replace(b'\r\n', b'\n', 3))),
    'no first boundary': lambda: send(url, form(field('MAX_FILE_SIZE', '314572800'), field('folder_id', folder_id), FILE)[len(START):]),
    # A dash that an editor made longer.
    'broken last boundary': lambda: send(url, form(field('folder_id', folder_id), FILE).replace(b'03x--', '03x–-'.encode())),
    'semicolon at the end': lambda: send(url, form(FILE.replace(b'.jpg"', b'.jpg";'))),
    'quoted type': lambda: send(url, form(FILE.replace(b'image/jpeg', b'"image/jpeg"')))
}
WAYS[way]()
