#!/usr/bin/env python3
"""An upload into an account with the standard library alone: python-stdlib.py SERVER USER PASSWORD FILE

Calls are POSTs with everything in the query and an empty body; urlopen raises on any status from 400 up; children of the
answer are taken by position.
"""
import hashlib
import os
import sys
import uuid
import xml.etree.ElementTree as ET
from urllib.parse import urlencode
from urllib.request import Request, urlopen

server, user, password, path = sys.argv[1:]


class ApiError(Exception):
    pass


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def call(method, **params):
    query = urlencode({'method': method, **params})
    with urlopen(Request(f'{server}/rest/?{query}', data=b'', method='POST')) as response:
        result = ET.fromstring(response.read())
    if result.tag != 'result' or result.attrib['method'] != method:
        raise AssertionError(f'asked {method}, answered {result.attrib}')
    if result.attrib['status'] != 'ok':
        error = result[0].attrib
        raise ApiError(error['text'] + (f" ({error['info']})" if 'info' in error else ''))
    return result


def upload(ticket, path):
    boundary = uuid.uuid4().hex
    fields = {'MAX_FILE_SIZE': ticket['max_file_size'], 'UPLOAD_IDENTIFIER': ticket['upload_identifier'], 'extra_info': ticket['extra_info']}
    body = b''.join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items())
    with open(path, 'rb') as file:
        body += (f'--{boundary}\r\nContent-Disposition: form-data; name="userfile"; filename="{os.path.basename(path)}"\r\n'
                 'Content-Type: application/octet-stream\r\n\r\n').encode() + file.read() + f'\r\n--{boundary}--\r\n'.encode()
    request = Request(ticket['url'], data=body, headers={'Content-Type': f'multipart/form-data; boundary={boundary}'})
    with urlopen(request) as response:
        return dict(line.split('=') for line in response.read().decode().split('\n') if line)


def log_in(password):
    token = call('auth.createtoken', api_key='RESPACE001', api_version='1.0', response_format='xml')[0].text
    return call('auth.login', token=token, user_name=user, tokened_password=md5(token + md5(password)))[0].text


def failure_of(what):
    try:
        what()
    except ApiError as error:
        return error
    raise AssertionError('expected a failure')


session = log_in(password)
answer = upload(call('upload.getinfo', session_key=session, speed_limit=0)[0].attrib, path)
print('file_id=' + answer['file_id'])
print('answer_keys=' + ','.join(answer))
print('session=' + call('auth.checksession', session_key=session)[0].text)
print('name=' + call('files.getInfo', session_key=session, file_id=answer['file_id'])[0].attrib['name'])
print('wrong_password=%s' % failure_of(lambda: log_in('not ' + password)))
print('missing_parameter=%s' % failure_of(lambda: call('files.getInfo', session_key=session)))
