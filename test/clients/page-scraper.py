#!/usr/bin/env python3
"""As download managers without an account do it: page-scraper.py PAGE_URL MISSING_PAGE_URL

Finds name, size and link in the text of a download page, by the patterns of several programs; prints what each found.
"""
import re
import sys
from html import unescape
from urllib.error import HTTPError
from urllib.request import urlopen

page_url, missing_page_url = sys.argv[1:]

PATTERNS = {
    'title': r'<title>Download ([^<>]*?) from ',
    'heading': r'<h2 class="bgray">\s*<(?:b|strong)>(.+?)</',
    'size': r'<div class="file_description reverse margin_center">\s*<b>File Size:</b>\s*([\d.,]+[A-Za-z]+)\s*</div>',
    'link': r'<a id="download_button" class="download_page_button button1" href="(.+?)"',
    'link_after_id': r'<a id="download_button" href="(https?://.*?)"',
    'link_before_onclick': r'"download_button" href="(.*)" onclick="runad',
}
GONE = '<div class="msg error" style="cursor: default">Sorry, the file you requested is not available.</div>'


def load(url):
    try:
        with urlopen(url) as response:
            return response.read()
    except HTTPError as error:
        return error.read()


page = load(page_url).decode()
for name, pattern in PATTERNS.items():
    found = re.search(pattern, page)
    if not found:
        sys.exit(f'{name} not found in {page}')
    value = found.group(1)
    # Links are used as they stand there.
    print(f'{name}={len(load(value)) if name.startswith("link") else unescape(value)}')
print('gone=%s' % (GONE in load(missing_page_url).decode()))
