#!/bin/sh
# The contract of the official image's entrypoint: arguments go to redis-server, which runs as the user redis.
set -e

case "${1:-}" in -* | *.conf) set -- redis-server "$@" ;; esac

if [ "$1" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
  fi
  umask 0077
  # The official build answers from other addresses without a password, and so must this one.
  case " $* " in *" --protected-mode "*) ;; *) set -- "$@" --protected-mode no ;; esac
fi
exec "$@"
