#!/usr/bin/env perl
# With the modules that come with Perl: perl.pl SERVER USER PASSWORD FILE
# Forms are urlencoded bodies, answers are read by regular expressions, `&amp;` is undone and nothing else.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use File::Basename qw(basename);
use HTTP::Tiny;

my ($server, $user, $password, $file) = @ARGV;
my $http = HTTP::Tiny->new(no_proxy => ['127.0.0.1', 'localhost']);

sub call {
    my ($method, %parameters) = @_;
    my $response = $http->post_form("$server/rest/", { method => $method, %parameters });
    die "$response->{status} $response->{content}" unless $response->{success};
    die "$1 $2\n" if $response->{content} =~ /<error code="(\d+)" text="([^"]*)"/;
    return $response->{content};
}

my ($token) = call('auth.createToken', api_key => 'RESPACE001', api_version => '1.1') =~ m{<token>(.*)</token>};
my $login = call('auth.login', token => $token, user_name => $user, tokened_password => md5_hex($token . md5_hex($password)));
my ($session) = $login =~ m{<session_key>(.*)</session_key>};

my %ticket = call('upload.getInfo', session_key => $session) =~ / (\w+)="([^"]*)"/g;
s/&amp;/&/g for values %ticket;

open my $handle, '<:raw', $file or die "$file: $!";
my $content = do { local $/; <$handle> };
my $boundary = 'xYzZY' . time;
my $body = join '', map { "--$boundary\r\nContent-Disposition: form-data; $_\r\n" }
    qq{name="UPLOAD_IDENTIFIER"\r\n\r\n$ticket{upload_identifier}},
    qq{name="extra_info"\r\n\r\n$ticket{extra_info}},
    sprintf qq{name="userfile"; filename="%s"\r\nContent-Type: application/octet-stream\r\n\r\n%s}, basename($file), $content;
my $answer = $http->post($ticket{url}, {
    headers => { 'Content-Type' => "multipart/form-data; boundary=$boundary" }, content => "$body--$boundary--\r\n"
})->{content};

print $answer;
my ($id) = $answer =~ /file_id=(\w+)/ or die $answer;
my ($link) = call('download.getInfo', session_key => $session, file_id => $id) =~ / url="([^"]*)"/;
print 'same=', $http->get($link)->{content} eq $content ? 'yes' : 'no', "\n";
