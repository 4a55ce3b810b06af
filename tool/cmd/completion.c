/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray completion bash|zsh|fish`: a completion script on standard output, made from the tables of commands and
 * options:
 *
 *     eval "$(mutray completion bash)"
 */
#include "base/say.h"
#include "cmd/command.h"

#include <string.h>

const struct mutray_option mutray_cmd_completion_options[] = {
    {.kind = MUTRAY_END},
};

static void print_names(void)
{
    for (const struct mutray_command *c = mutray_commands; c->name != NULL; c++) printf(" %s", c->name);
}

static void print_option_names(const struct mutray_command *command)
{
    for (const struct mutray_option *o = command->options; o->kind != MUTRAY_END; o++) printf(" --%s", o->name);
    printf(" --help");
}

static void print_bash(void)
{
    printf("_mutray()\n{\n    local word=${COMP_WORDS[COMP_CWORD]} words=\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        words='");
    print_names();
    printf(" --version'\n    else\n        case ${COMP_WORDS[1]} in\n");
    for (const struct mutray_command *c = mutray_commands; c->name != NULL; c++) {
        printf("        %s) words='", c->name);
        if (strcmp(c->name, "help") == 0) print_names();
        if (strcmp(c->name, "completion") == 0) printf(" bash zsh fish");
        print_option_names(c);
        printf("' ;;\n");
    }
    printf("        esac\n    fi\n    COMPREPLY=()\n"
           "    [[ $COMP_CWORD -eq 1 || $word == -* || ${COMP_WORDS[1]} == @(help|completion) ]] &&\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
           "complete -o bashdefault -o default -F _mutray mutray\n");
}

/* zsh takes bash's. The first line is for compinit, which finds the installed script by it. */
static void print_zsh(void)
{
    printf("#compdef mutray\nautoload -Uz bashcompinit && bashcompinit\n");
    print_bash();
}

/* Texts go into single quotes; fish knows \' inside them. */
static void print_fish_text(const char *text)
{
    putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

static void print_fish(void)
{
    for (const struct mutray_command *c = mutray_commands; c->name != NULL; c++) {
        printf("complete -c mutray -n __fish_use_subcommand -f -a %s -d ", c->name);
        print_fish_text(c->summary);
        putchar('\n');
        for (const struct mutray_option *o = c->options; o->kind != MUTRAY_END; o++) {
            printf("complete -c mutray -n '__fish_seen_subcommand_from %s' -l %s%s -d ", c->name, o->name,
                   o->kind == MUTRAY_FLAG ? "" : " -r");
            print_fish_text(o->help);
            putchar('\n');
        }
    }
}

int mutray_cmd_completion(int argc, char **argv)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    int operands =
        mutray_options_parse("completion", mutray_cmd_completion_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    for (size_t i = 0; operands == 1 && i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(argv[1], shells[i].shell) != 0) continue;
        shells[i].print();
        return 0;
    }
    mutray_die("completion: name the shell: bash, zsh or fish");
}
