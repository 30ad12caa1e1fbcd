"""Writes a typed client of the API from contract.json alone: generate-client.py CONTRACT CLIENT. It knows no method, code, field or path by name."""
import json
import keyword
import re
import sys

contract = json.load(open(sys.argv[1], encoding='utf-8'))
if contract['format'] != 1:
    raise SystemExit('expected format 1')

out = []
write = out.append


def snake(name):
    return re.sub(r'(?<=[a-z0-9])([A-Z])', r'_\1', name).replace('.', '_').lower()


def pascal(name):
    return ''.join(part[:1].upper() + part[1:] for part in re.split(r'[._]', name))


def attribute(name):
    return name + '_' if keyword.iskeyword(name) else name


def error_class(name):
    return pascal(name.removeprefix('API_ERROR_').lower())


def value_type(described):
    python = {'string': 'str', 'integer': 'int'}[contract['values'][described['value']]['type']]
    return f'Optional[{python}]' if described['mayBeEmpty'] and python == 'int' else python


def spanned(element):
    return element['since'] != contract['versions'][0] or element['until'] is not None


def field_type(element):
    python = element['type'] or value_type(element['text'])
    if element['isRepeated']:
        return f'list[{python}]'
    return f'Optional[{python}]' if spanned(element) else python


def doc(text, indent='    '):
    write(f'{indent}"""{text}"""')


def write_dataclass(name, fields):
    """`fields`: names with types; a name that stands twice, once for some versions and once for all others, is one field that is always there."""
    write(f'\n\n@dataclasses.dataclass(frozen=True)\nclass {name}:')
    for field, python in dict(fields).items():
        if [name for name, _ in fields].count(field) > 1:
            python = python.removeprefix('Optional[').removesuffix(']')
        write(f'    {attribute(field)}: {python}')
    if not fields:
        write('    pass')


write('"""Generated from contract.json."""')
write('from __future__ import annotations')
write('import base64, dataclasses, hashlib, json, re, urllib.error, urllib.parse, urllib.request, uuid')
write('import xml.etree.ElementTree as xml')
write('from typing import Optional, Sequence, Union')
write(f"\nVERSIONS = {tuple(contract['versions'])!r}")
write(f"_VALUES = {contract['values']!r}")
write(f"_KINDS = {contract['kinds']!r}")
write(f"_FAILURE = {contract['failure']!r}")

write('\n\nclass ApiError(Exception):')
doc('A call that was refused.')
write('    code = 0\n')
write("    def __init__(self, text: str, info: Optional[str] = None, ids: Sequence[str] = ()):")
write("        super().__init__(text if info is None else f'{text} ({info})')")
write('        self.text, self.info, self.ids = text, info, tuple(ids)')
for error in contract['errors']:
    write(f"\n\nclass {error_class(error['name'])}(ApiError):")
    doc(error['text'].replace('"', "'") or 'The specific reason.')
    write(f"    code = {error['code']}")
write('\n\nERRORS: dict[int, type[ApiError]] = {error.code: error for error in ApiError.__subclasses__()}')

for name, described in contract['types'].items():
    write_dataclass(name, [(entry['name'], value_type(entry)) for entry in described['attributes']])
for document in contract['documents']:
    name = pascal(document['name'])
    if document['each']:
        write_dataclass(f'{name}Item', [(element['element'], field_type(element)) for element in document['each']])
    others = [(element['element'], field_type(element)) for element in document['head'] + document['tail']]
    write_dataclass(name, others + ([('items', f'list[{name}Item]')] if document['each'] else []))
for method in contract['methods']:
    fields = [(element['element'], field_type(element)) for element in method['answer']]
    write_dataclass(pascal(method['name']) + 'Answer', fields + ([('failures', 'list[ApiError]')] if method['mayFailInPart'] else []))

write('''

def _value(text, described):
    writing = _VALUES[described['value']]
    if text == '' and described['mayBeEmpty']:
        return None if writing['type'] == 'integer' else ''
    if 'pattern' in writing and re.fullmatch(writing['pattern'], text) is None:
        raise ValueError(f"{text!r} is no {described['value']}")
    return int(text) if writing['type'] == 'integer' else text


def _checked(name, value, kind_name, max_bytes):
    kind = _KINDS[kind_name]
    if kind['isList']:
        items = [value] if isinstance(value, str) else list(value)
        if kind['maxItems'] is not None and len(items) > kind['maxItems']:
            raise ValueError(f"{name}: at most {kind['maxItems']}")
        text = ','.join(items)
    else:
        items = [str(int(value) if isinstance(value, bool) else value)]
        text = items[0]
    for item in items:
        if kind['type'] == 'integer':
            number = int(item)
            if not kind['minimum'] <= number <= kind['maximum'] or number not in (kind['values'] or [number]):
                raise ValueError(f"{name}: {kind['about']}")
        elif kind['pattern'] is not None and item != '' and re.fullmatch(kind['pattern'], item, re.DOTALL) is None:
            raise ValueError(f"{name}: {kind['about']}")
    if max_bytes is not None and len(text.encode()) > max_bytes:
        raise ValueError(f'{name}: at most {max_bytes} bytes')
    return text


def _error(element):
    code, text, info, ids = (element.get(entry['name']) for entry in _FAILURE['error']['attributes'])
    return ERRORS[int(code)](text, info, ids.split(',') if ids else ())


def _in(span, version):
    return span['since'] <= version and (span['until'] is None or version < span['until'])


def _read_element(root, element, version, types):
    found = root.findall(element['element']) if _in(element, version) else []
    if element['attributes'] is None:
        return _value(found[0].text or '', element['text']) if found else None
    rows = [types[element['type']](*(_value(row.attrib[entry['name']], entry) for entry in _TYPES[element['type']])) for row in found]
    return rows if element['isRepeated'] else rows[0] if rows else None
''')
write(f"_TYPES = { {name: described['attributes'] for name, described in contract['types'].items()}!r}")
write(f"_METHODS = { {method['name']: method['answer'] for method in contract['methods']}!r}")
write(f"_DOCUMENTS = { {document['name']: document for document in contract['documents']}!r}")
write(f"REQUESTS = { {request['name']: request for request in contract['requests']}!r}")

proof = contract['loginProof']


def formula(node):
    if 'md5' in node:
        return f"_md5({' + '.join(formula(part) for part in node['md5'])})"
    return node.get('parameter') or node['secret']


write(f'''

def _md5(text):
    return hashlib.md5(text.encode({proof['encoding']!r})).hexdigest()


def prove(token: str, password: str) -> str:
    """{proof['parameter']} of {proof['method']}."""
    return {formula(proof['formula'])}


class Client:
    def __init__(self, url: str, api_key: str, api_version: str = VERSIONS[-1], verb: str = REQUESTS['call']['verbs'][0]):
        self.url, self.api_key, self.api_version, self.session_key, self.verb = url, api_key, api_version, '', verb
        self.called: set[str] = set()

    def _call(self, method, params, answer_type, partial):
        self.called.add(method)
        body = urllib.parse.urlencode({{'method': method, **{{name: value for name, value in params.items() if value is not None}}}})
        address = self.url + REQUESTS['call']['path']
        request = urllib.request.Request(f'{{address}}?{{body}}') if self.verb == 'GET' else urllib.request.Request(address, body.encode(), {{'Content-Type': REQUESTS['call']['contentTypes'][0]}}, method=self.verb)
        with urllib.request.urlopen(request) as answer:
            assert answer.status in REQUESTS['call']['statuses'] and answer.headers['content-type'] in REQUESTS['call']['answerTypes']
            root = xml.fromstring(answer.read())
        assert root.tag == _FAILURE['root'] and root.get(_FAILURE['method']['attribute']) == method
        failures = [_error(element) for element in root.findall(_FAILURE['error']['element'])]
        if root.get(_FAILURE['status']['attribute']) == _FAILURE['status']['failure']:
            raise failures[0]
        values = {{}}
        for element in _METHODS[method]:
            if _in(element, self.api_version) or element['element'] not in values:
                values[element['element']] = _read_element(root, element, self.api_version, globals())
        return answer_type(*values.values(), *([failures] if partial else []))

    def _document(self, name, text, version):
        document, kind = _DOCUMENTS[name], globals()[''.join(part.capitalize() for part in name.split('_'))]
        if document['contentType'].startswith('text/plain'):
            pairs = [line.split('=', 1) for line in text.splitlines()]
            failed = dict(pairs).get('error')
        else:
            root = xml.fromstring(text)
            assert root.tag == name
            pairs = [(element.tag, element.text or '') for element in root]
            element = root.find(_FAILURE['error']['element'])
            if element is not None:
                raise _error(element)
            failed = None
        if failed is not None and document['failure'] == 'lines':
            code, text = failed.split(' ', 1)
            raise ERRORS[int(code)](text)

        def read(shape):
            if not _in(shape, version):
                return None
            return _value(dict(pairs)[shape['element']], shape['text'])
        fields = [read(shape) for shape in document['head'] + document['tail']]
        if not document['each']:
            return kind(*fields)
        each = [shape for shape in document['each'] if _in(shape, version)]
        columns = [[value for name, value in pairs if name == shape['element']] for shape in each]
        item = globals()[kind.__name__ + 'Item']
        names = [shape['element'] for shape in each]
        return kind(*fields, [item(**{{**{{shape['element']: None for shape in document['each']}}, **dict(zip(names, row))}}) for row in zip(*columns)])

    def upload(self, url: str, name: str, data: bytes, fields: dict[str, str]) -> Union[UploadStatus, UploadDone]:
        boundary = uuid.uuid4().hex
        head = ''.join(f'--{{boundary}}\\r\\nContent-Disposition: form-data; name="{{field}}"\\r\\n\\r\\n{{value}}\\r\\n' for field, value in fields.items())
        head += f'--{{boundary}}\\r\\nContent-Disposition: form-data; name="userfile"; filename="{{name}}"\\r\\n\\r\\n'
        described = REQUESTS['upload']
        request = urllib.request.Request(url, head.encode() + data + f'\\r\\n--{{boundary}}--\\r\\n'.encode(), {{'Content-Type': f"{{described['contentTypes'][0]}}; boundary={{boundary}}"}}, method=described['verbs'][0])
        return self._upload_answer(request)

    def put(self, url: str, data: bytes, fields: dict[str, str]) -> Union[UploadStatus, UploadDone]:
        described = REQUESTS['upload']
        request = urllib.request.Request(url + '&' + urllib.parse.urlencode(fields), data, {{'Content-Type': described['contentTypes'][1]}}, method=described['verbs'][1])
        return self._upload_answer(request)

    def _upload_answer(self, request):
        with urllib.request.urlopen(request) as answer:
            kind = answer.headers['content-type']
            name = next(name for name in REQUESTS['upload']['documents'] if _DOCUMENTS[name]['contentType'] == kind)
            return self._document(name, answer.read().decode(), self.api_version)

    def progress(self, url: str) -> Progress:
        with urllib.request.urlopen(url) as answer:
            return self._document(REQUESTS['progress']['documents'][0], answer.read().decode(), self.api_version)

    def send(self, name: str, verb: str, headers: dict[str, str], data: Optional[bytes] = None, path: Optional[str] = None):
        """Any other request, by its name in contract.json; its answer, read."""
        described = REQUESTS[name]
        missing = [header['name'] for header in described['headers'] if header['isMandatory'] and header['name'] not in headers]
        if missing or verb not in described['verbs']:
            raise ValueError(f"{{name}}: {{', '.join(missing) or verb}}")
        types = {{'Content-Type': described['contentTypes'][0]}} if described['contentTypes'] else {{}}
        request = urllib.request.Request(self.url + described['path'] if path is None else urllib.parse.urljoin(self.url, path), data, {{**types, **headers}}, method=verb)
        with urllib.request.urlopen(request) as answer:
            assert answer.status in described['statuses']
            answer.body = answer.read()
            return answer
''')

CREDENTIALS = {'session_key', 'api_key', 'api_version'}
for method in contract['methods']:
    given = [parameter for parameter in method['parameters'] if parameter['name'] not in CREDENTIALS]
    given.sort(key=lambda parameter: not parameter['isMandatory'] or parameter['optionalSince'] is not None)
    signature, sends = ['self'], []
    for parameter in method['parameters']:
        if parameter['name'] in CREDENTIALS:
            sends.append(f"{parameter['name']!r}: self.{parameter['name']}")
    for parameter in given:
        name, kind = attribute(parameter['name']), contract['kinds'][parameter['kind']]
        python = 'Union[str, Sequence[str]]' if kind['isList'] else {'string': 'str', 'integer': 'int'}[kind['type']]
        is_needed = parameter['isMandatory'] and parameter['optionalSince'] is None
        signature.append(f'{name}: {python}' if is_needed else f'{name}: Optional[{python}] = None')
        sends.append(f"{parameter['name']!r}: None if {name} is None else _checked({parameter['name']!r}, {name}, {parameter['kind']!r}, {parameter['maxBytes']!r})")
    answer = pascal(method['name']) + 'Answer'
    write(f"\n    def {snake(method['name'])}({', '.join(signature)}) -> {answer}:")
    raised = ', '.join(error_class(name) for name in method['errors'] + method['commonErrors'])
    doc(f"{method['summary']} Raises {raised}.".replace('"', "'"), '        ')
    if method['since'] != contract['versions'][0]:
        write(f"        if self.api_version < {method['since']!r}:\n            raise ValueError('since {method['since']}')")
    write(f"        return self._call({method['name']!r}, {{{', '.join(sends)}}}, {answer}, {method['mayFailInPart']})")

open(sys.argv[2], 'w', encoding='utf-8').write('\n'.join(out) + '\n')
