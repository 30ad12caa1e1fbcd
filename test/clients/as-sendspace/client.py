#!/usr/bin/env python3
"""An anonymous upload to the built-in address by HTTPS, as if to sendspace: client.py FILE [requests]

With urllib, or with requests.
"""
import os
import re
import sys
import xml.etree.ElementTree as ET
from urllib.request import Request, urlopen

path, library = sys.argv[1:]
boundary = 'a8d2f0'


def multipart(file):
    return (f'--{boundary}\r\nContent-Disposition: form-data; name="userfile"; filename="{os.path.basename(path)}"\r\n\r\n'.encode()
            + file.read() + f'\r\n--{boundary}--\r\n'.encode())


if library == 'requests':
    import requests

    def get(url):
        return requests.get(url).content

    def upload(url):
        with open(path, 'rb') as file:
            return requests.post(url, files={'userfile': file}).content
else:
    def get(url):
        return urlopen(url).read()

    def upload(url):
        with open(path, 'rb') as file:
            return urlopen(Request(url, multipart(file), {'Content-Type': f'multipart/form-data; boundary={boundary}'})).read()

ticket = ET.fromstring(get('https://api.sendspace.com/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0')).find('upload').attrib
page = ET.fromstring(upload(ticket['url'])).findtext('download_url')
print(f'page={page}')
print('title=' + re.search('<title>(.*)</title>', get(page).decode()).group(1))
for name, url in ('direct', os.environ['RESPACE_URL']), ('proxied', 'https://api.sendspace.com'):
    print(f'{name}={200 if b"anonymous.uploadGetInfo" in get(url + "/_emulator/v1/journal") else 0}')
try:
    get('https://example.org/')
except OSError as error:
    print('other=' + re.search(r'\b403\b', str(error)).group())
