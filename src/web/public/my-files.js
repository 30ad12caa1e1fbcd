// The page of one's own files: uploading in place, keys, menus and dragging. Its forms work without them, too.
import './my-list.js'
import './my-menu.js'
import './my-keys.js'
import './my-drag.js'
import './my-upload.js'
