<?php
/**
 * As plug-ins of web sites do it: php.php SERVER USER PASSWORD FILE
 * Addresses are put together as text, answers read by SimpleXML, the file sent by cURL.
 */
[, $server, $user, $password, $file] = $argv;

function call(string $query): SimpleXMLElement
{
    global $server;
    // Warns and gives false on any status from 400 up, and on XML that is not well-formed.
    $result = simplexml_load_string(file_get_contents("$server/rest/?$query"));
    if ((string) $result['status'] !== 'ok') {
        exit("{$result->error['code']} {$result->error['text']}\n");
    }
    return $result;
}

set_error_handler(fn (int $level, string $message) => exit("$message\n"));

$token = call('method=auth.createtoken&api_key=RESPACE001&api_version=1.0&response_format=xml&app_version=0.1')->token;
$tokened = strtolower(md5($token . strtolower(md5($password))));
$session = call("method=auth.login&token=$token&user_name=$user&tokened_password=$tokened")->session_key;
$upload = call("method=upload.getinfo&session_key=$session&speed_limit=0")->upload;

$curl = curl_init((string) $upload['url']);
curl_setopt_array($curl, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_POSTFIELDS => [
        'MAX_FILE_SIZE' => (string) $upload['max_file_size'],
        'UPLOAD_IDENTIFIER' => (string) $upload['upload_identifier'],
        'extra_info' => (string) $upload['extra_info'],
        'description' => 'Sent from a plug-in',
        'userfile' => new CURLFile($file, 'application/pdf'),
    ],
]);
parse_str(str_replace("\n", '&', curl_exec($curl)), $answer);

$info = call("method=files.getinfo&session_key=$session&file_id={$answer['file_id']}")->file;
echo "upload_status={$answer['upload_status']}\nfile_id={$answer['file_id']}\nname={$info['name']}\npage={$info['download_page_url']}\n";
