# Sourced: sets narthex_cache, the per-user folder for what all clones share.
narthex_cache=${NARTHEX_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/narthex}
case $narthex_cache in
  /.cache/narthex)
    echo "missing: HOME, or NARTHEX_CACHE, the folder for what is downloaded" >&2
    exit 1
    ;;
  /*) ;;
  *) narthex_cache=$PWD/$narthex_cache ;;
esac
