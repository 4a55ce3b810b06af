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

/* Whether what follows the command is one of a few words, and not a file. */
static bool takes_word(const struct mutray_command *command)
{
    return strcmp(command->name, "help") == 0 || strcmp(command->name, "completion") == 0;
}

static void print_operands(const struct mutray_command *command)
{
    if (strcmp(command->name, "help") == 0)
        print_names();
    else
        printf(" bash zsh fish");
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
        if (takes_word(c)) print_operands(c);
        print_option_names(c);
        printf("' ;;\n");
    }
    printf("        esac\n    fi\n    COMPREPLY=()\n"
           "    [[ $COMP_CWORD -eq 1 || $word == -* || ${COMP_WORDS[1]} == @(help|completion) ]] &&\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
           "complete -o bashdefault -o default -F _mutray mutray\n");
}

/* Inside single quotes, where zsh knows no way to write one; _arguments and _describe take some characters for theirs. */
static void print_zsh_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') fputs("'\\'", stdout);
        if (*text == '[' || *text == ']' || *text == ':' || *text == '\\') putchar('\\');
        putchar(*text);
    }
}

static void print_zsh_option(const struct mutray_option *option)
{
    printf(" \\\n            '%s--%s%s[", option->kind == MUTRAY_LIST ? "*" : "", option->name,
           option->kind == MUTRAY_FLAG ? "" : "=");
    print_zsh_text(option->help);
    if (option->kind == MUTRAY_FLAG)
        printf("]'");
    else
        printf("]:%s:_default'", option->argument);
}

/* The first line is for compinit, which finds the installed script by it and calls it as the function that it defines. */
static void print_zsh(void)
{
    printf("#compdef mutray\n_mutray()\n{\n    local -a commands=(");
    for (const struct mutray_command *c = mutray_commands; c->name != NULL; c++) {
        printf("\n        '%s:", c->name);
        print_zsh_text(c->summary);
        putchar('\'');
    }
    printf("\n    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        compadd -- --version --help\n"
           "        return\n    fi\n    shift words\n    (( CURRENT-- ))\n    case $words[1] in\n");
    for (const struct mutray_command *c = mutray_commands; c->name != NULL; c++) {
        printf("        %s) _arguments", c->name);
        for (const struct mutray_option *o = c->options; o->kind != MUTRAY_END; o++) print_zsh_option(o);
        if (takes_word(c)) {
            printf(" ':word:(");
            print_operands(c);
            printf(")'");
        } else {
            printf(" '*:file:_default'");
        }
        printf(" '--help[list the options]' ;;\n");
    }
    printf("    esac\n}\nif [ \"${funcstack[1]}\" = _mutray ]; then _mutray \"$@\"; else compdef _mutray mutray; fi\n");
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
        if (takes_word(c)) {
            printf("complete -c mutray -n '__fish_seen_subcommand_from %s' -f -a '", c->name);
            print_operands(c);
            printf("'\n");
        }
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
