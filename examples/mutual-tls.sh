#!/bin/sh
# Mutual TLS from the first command to the last: an authority of your own, a certificate for a visitor, an endpoint that lets
# only its bearer in. The openssl and curl commands are those of ngrok's guide; curl has --cacert besides, for the development CA
# of this server. In an empty folder on the machine of `npm start`, with a service on port 3000:
#
#   ADIT_CONFIG=.../.adit/agent.yml ADIT_CONNECT_CAS=.../.adit/tls/ca.pem sh .../examples/mutual-tls.sh 3000
set -eu
# This clone's `adit`. In an empty folder npx would fetch a package that only has its name.
PATH="$(cd "$(dirname "$0")/../node_modules/.bin" && pwd):$PATH"
port=$1
passphrase='correct horse'

# What openssl asks for, line by line. It asks at the terminal for passphrases where there is one.
answers() { printf '%s\n' "$@"; }

answers "$passphrase" "$passphrase" |
  openssl genrsa -aes256 -out ca.key 4096
answers "$passphrase" . . . . . 'Example CA' . |
  openssl req -new -x509 -sha256 -days 365 -key ca.key -out ca.crt

openssl genrsa -out ngrokclient.key 2048
answers . . . . . "Ann's laptop" . . . |
  openssl req -new -key ngrokclient.key -out ngrokclient.csr
answers "$passphrase" |
  openssl \
  x509 -req -days 365 -sha256 -in ngrokclient.csr \
  -CA ca.crt -CAkey ca.key -set_serial 0x"$(openssl rand -hex 16)" -out ngrokclient.crt

adit http "$port" --mutual-tls-cas ca.crt --url mtls > agent.log &
agent=$!
trap 'kill $agent 2>/dev/null || true' EXIT
trap 'exit 1' HUP INT TERM
url=
while [ -z "$url" ]; do
  kill -0 $agent
  sleep 0.2
  url=$(sed -n 's/.*"msg":"started tunnel".*"url":"\([^"]*\)".*/\1/p' agent.log 2>/dev/null || true)
done
endpoint=${url#https://}

echo 'Without a certificate:'
if curl --silent --show-error --cacert "$ADIT_CONNECT_CAS" "https://$endpoint/" 2>&1; then
  echo 'The endpoint is open!'
  exit 1
fi

echo 'With it:'
curl --silent --show-error --cacert "$ADIT_CONNECT_CAS" --cert ngrokclient.crt --key ngrokclient.key "https://$endpoint/"
echo

kill $agent
wait $agent || true
echo 'After the agent has stopped:'
curl --silent --show-error --cacert "$ADIT_CONNECT_CAS" --header 'Accept: text/plain' "https://$endpoint/"
