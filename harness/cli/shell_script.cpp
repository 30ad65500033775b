// See shell_script.hpp.
#include "harness/cli/shell_script.hpp"

namespace smtprig::cli {
namespace {

constexpr std::string_view bash =
    R"sh(# bash completion of smtprig; made by `smtprig completion bash`
_smtprig() {
  local program=${1/#\~\//$HOME/} rest=${COMP_LINE:0:COMP_POINT} replaced=$2
  local words=() word i current before line
  # bash splits words at = : @ as well. What no blank separates is one word to smtprig.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      rest=${rest#"${rest%%[![:space:]]*}"}
      words+=("")
    fi
    # The last one only up to the cursor.
    ((i == COMP_CWORD)) && word=$rest
    words[${#words[@]} - 1]+=$word
    rest=${rest#"$word"}
  done
  for ((i = 0; i < ${#words[@]}; i++)); do
    words[i]=${words[i]//[\"\'\\]/}
  done
  current=${words[${#words[@]} - 1]}
  # Only the part behind the last = : @ is replaced.
  before=${current%"${replaced//[\"\'\\]/}"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) _smtprig_files -f ;;
      :folders) _smtprig_files -d ;;
      *)
        line=${line%%$'\t'*}
        COMPREPLY+=("${line#"$before"}")
        ;;
    esac
  done < <("$program" __complete "${words[@]:1}" 2>/dev/null)
  # Behind a component of a path comes the next one.
  if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == */ ]]; then
    compopt -o nospace
  fi
}
# `compopt -o filenames` would do this, but puts a backslash before the @ of every cell.
_smtprig_files() {
  local line
  while IFS= read -r line; do
    [[ -d $line ]] && line+=/
    [[ $replaced == [\"\']* ]] || printf -v line %q "$line"
    COMPREPLY+=("${line#"$before"}")
  done < <(compgen "$1" -- "$current")
}
complete -F _smtprig smtprig
)sh";

constexpr std::string_view zsh = R"sh(#compdef smtprig
# zsh completion of smtprig; made by `smtprig completion zsh`
_smtprig() {
  local program=${(Q)words[1]} line word text files folders
  local -a given whole whole_shown parts parts_shown
  program=${~program}
  given=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
  for line in "${(@f)$("$program" __complete "${given[@]}" 2>/dev/null)}"; do
    word=${line%%$'\t'*}
    text=${line#*$'\t'}
    [[ -n $text ]] && text="$word  -- $text" || text=$word
    case $line in
      '') ;;
      :files) files=1 ;;
      :folders) folders=1 ;;
      # Behind a component of a path comes the next one.
      */$'\t'*) parts+=("$word") parts_shown+=("$text") ;;
      *) whole+=("$word") whole_shown+=("$text") ;;
    esac
  done
  ((${#parts})) && compadd -S '' -d parts_shown -a parts
  ((${#whole})) && compadd -l -d whole_shown -a whole
  [[ -n $files ]] && _files
  [[ -n $folders ]] && _files -/
  return 0
}
if [[ ${funcstack[1]} == _smtprig ]]; then
  _smtprig "$@"
else
  compdef _smtprig smtprig
fi
)sh";

constexpr std::string_view fish =
    R"sh(# fish completion of smtprig; made by `smtprig completion fish`
function __smtprig_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string unescape)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    for line in ($program __complete $words "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current"
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c smtprig -e
complete -c smtprig -f -a '(__smtprig_complete)'
)sh";

}  // namespace

std::string_view shell_script(Shell shell) {
  switch (shell) {
    case Shell::bash:
      return bash;
    case Shell::zsh:
      return zsh;
    case Shell::fish:
      break;
  }
  return fish;
}

}  // namespace smtprig::cli
