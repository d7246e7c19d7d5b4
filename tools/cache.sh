# Sourced: sets narthex_cache, the per-user folder for what all clones share.
narthex_cache=${NARTHEX_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set; set NARTHEX_CACHE to a folder for downloads}/.cache}/narthex}
case $narthex_cache in
  /*) ;;
  *) narthex_cache=$PWD/$narthex_cache ;;
esac
