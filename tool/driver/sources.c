/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See sources.h. Which file an #include names follows from the command line and from which files there are; which of the
 * #includes count does not, so all do, and each file is read once. What comes out holds every word that the preprocessor's
 * text would hold outside system headers, and text_relevance() knows what to make of several branches at once: if it says
 * no to this, it would say no to that.
 *
 * For that, everything that could bring in a file from elsewhere is a reason to give up: an #include of a macro,
 * #include_next, precompiled headers, trigraphs, options and variables that move folders. A header that a system header
 * includes is one itself, wherever it is found. Folders that a compiler searches by itself follow from where it is (as
 * GCC's `-v` prints them; tests/driver compares), and are only asked for macros that put names together.
 */
#include "sources.h"

#include "instrument/config.h"
#include "instrument/lex.h"
#include "instrument/relevance.h"
#include "instrument/vocabulary.h"
#include "option.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 100, LARGEST = 32 << 20, FILES = 1 << 7 };

enum matter { IGNORED, DEFINE, FOLDER, QUOTE_FOLDER, SYSTEM_FOLDER, LATE_FOLDER, MULTIARCH, FORCED, UNKNOWN };

/* What matters to where text comes from. All others neither name files nor take the next word … */
static const struct option options[] = {
    {"@", PREFIX, UNKNOWN},
    {"-D", NEXT, DEFINE},
    {"-I", NEXT, FOLDER},
    {"-iquote", NEXT, QUOTE_FOLDER},
    {"-isystem", NEXT, SYSTEM_FOLDER},
    {"-idirafter", NEXT, LATE_FOLDER},
    {"-imultiarch", NEXT, MULTIARCH},
    {"-include", NEXT, FORCED},
    {"-imacros", NEXT, FORCED},
    {"-I-", EXACT, UNKNOWN},
    {"-D", PREFIX, DEFINE},
    {"-I", PREFIX, FOLDER},
    {"-iprefix", EXACT, UNKNOWN},
    {"-iwithprefix", PREFIX, UNKNOWN},
    {"-isysroot", EXACT, UNKNOWN},
    {"-imultilib", EXACT, UNKNOWN},
    {"-F", NEXT, UNKNOWN},
    {"-remap", EXACT, UNKNOWN},
    {"-trigraphs", EXACT, UNKNOWN},
    {"-traditional", PREFIX, UNKNOWN},
    {"-finput-charset", PREFIX, UNKNOWN},
    {"-fplugin", PREFIX, UNKNOWN},
    {"-U", NEXT, IGNORED}, /* … but these take it */
    {"-A", NEXT, IGNORED},
    {"-G", NEXT, IGNORED},
    {"-o", NEXT, IGNORED},
    {"-MD", NEXT, IGNORED},
    {"-MMD", NEXT, IGNORED},
    {"-MF", NEXT, IGNORED},
    {"-MT", NEXT, IGNORED},
    {"-MQ", NEXT, IGNORED},
    {"-auxbase", NEXT, IGNORED},
    {"-auxbase-strip", NEXT, IGNORED},
    {"-aux-info", NEXT, IGNORED},
    {"-dumpbase", NEXT, IGNORED},
    {"-dumpbase-ext", NEXT, IGNORED},
    {"-dumpdir", NEXT, IGNORED},
    {"--param", NEXT, IGNORED},
    {NULL, EXACT, IGNORED},
};

/*
 * Headers of the C library, the kernel and the compiler, which need not be read: their macros put no names of a program
 * together but for suffixes of numbers (__CONCAT and its like have no words of their own; tests/driver looks), and what
 * they are called begins with `_`.
 */
static const char *const standard_headers[] = {
    "aio.h", "alloca.h", "argp.h", "assert.h", "byteswap.h", "complex.h", "cpio.h", "ctype.h", "dirent.h", "dlfcn.h",
    "elf.h", "endian.h", "err.h", "errno.h", "error.h", "execinfo.h", "fcntl.h", "features.h", "fenv.h", "float.h",
    "fnmatch.h", "ftw.h", "getopt.h", "glob.h", "grp.h", "iconv.h", "ifaddrs.h", "inttypes.h", "iso646.h", "langinfo.h",
    "libgen.h", "libintl.h", "limits.h", "link.h", "locale.h", "malloc.h", "math.h", "memory.h", "mntent.h", "monetary.h",
    "mqueue.h", "netdb.h", "nl_types.h", "paths.h", "poll.h", "printf.h", "pthread.h", "pty.h", "pwd.h", "regex.h",
    "resolv.h", "sched.h", "search.h", "semaphore.h", "setjmp.h", "shadow.h", "signal.h", "spawn.h", "stdalign.h",
    "stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "stdnoreturn.h", "string.h",
    "strings.h", "syslog.h", "tar.h", "termios.h", "tgmath.h", "threads.h", "time.h", "uchar.h", "ucontext.h", "ulimit.h",
    "unistd.h", "utime.h", "utmp.h", "utmpx.h", "values.h", "wchar.h", "wctype.h", "wordexp.h", "cpuid.h", "immintrin.h",
    "emmintrin.h", "nmmintrin.h", "smmintrin.h", "tmmintrin.h", "wmmintrin.h", "x86intrin.h", "xmmintrin.h",
    "arpa/", "asm/", "bits/", "linux/", "net/", "netinet/", "sys/",
};

static bool is_standard_header(const char *name)
{
    for (size_t i = 0; i < sizeof standard_headers / sizeof standard_headers[0]; i++) {
        const char *known = standard_headers[i];
        size_t length = strlen(known);
        if (strncmp(name, known, length) == 0 && (name[length] == 0 || known[length - 1] == '/')) return true;
    }
    return false;
}

static const char *const variables[] = {"CPATH", "C_INCLUDE_PATH"};

/* A folder to look in. One of the program's is listed once: most names are in none, and asking costs a system call each. */
struct folder {
    const char *path;
    bool there;
    dev_t device;
    ino_t inode;
    struct vocabulary *entries; /* null: not listed */
};
typedef LIST(struct folder) folder_list;

/* What is known of a file, or of an #include as seen from a folder. */
enum { FOLLOWED = 1, PROGRAM = 2 };

struct sources {
    struct arena *arena;
    folder_list quote, project, system, late;
    const char *multiarch;
    struct buffer text;
    token_list tokens; /* of the program in it */
    struct vocabulary seen; /* files, and #includes with the folder they were looked up from */
    bool system_headers; /* to be read, … */
    bool left_out;       /* … and there are some that were not */
    const char *reason; /* to give up */
};

static void give_up(struct sources *sources, const char *reason)
{
    if (sources->reason == NULL) sources->reason = reason;
}

/* The same file may be a system header here and the program's there. */
static const char *key_of(struct sources *sources, const char *kind, const char *name, bool system)
{
    return arena_format(sources->arena, "%s%s:%s", kind, system ? ":3" : "", name);
}

static void learn(struct sources *sources, const char *key, unsigned what)
{
    vocabulary_learn(&sources->seen, key, strlen(key), what);
}

static unsigned known(const struct sources *sources, const char *key)
{
    return vocabulary_meaning(&sources->seen, key, strlen(key));
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static bool read_file(struct sources *sources, const char *path, bool system, unsigned depth);

/* The file's text. False if there is none of that name: folders and the unreadable the compiler skips as well. */
static bool load(struct arena *arena, const char *path, const char **ret_bytes, size_t *ret_size)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0) return false;
    bool good = fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_size < LARGEST;
    char *bytes = good ? arena_alloc(arena, (size_t)about.st_size + 1) : NULL;
    size_t size = 0;
    while (good && size < (size_t)about.st_size) {
        ssize_t got = read(file, bytes + size, (size_t)about.st_size - size);
        good = got > 0;
        size += good ? (size_t)got : 0;
    }
    close(file);
    *ret_bytes = bytes;
    *ret_size = size;
    return good;
}

static const char *in_folder(struct sources *sources, const char *folder, const char *name)
{
    return name[0] == '/' || *folder == 0 ? name : arena_format(sources->arena, "%s/%s", folder, name);
}

static const char *folder_of(struct sources *sources, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return "";
    return slash == path ? "/" : arena_copy(sources->arena, path, (size_t)(slash - path));
}

/* Looks for `name` in a folder; what is found is read. */
static bool find_in(struct sources *sources, const char *folder, const char *name, bool system, unsigned depth)
{
    const char *path = in_folder(sources, folder, name);
    if (!system && access(arena_format(sources->arena, "%s.gch", path), F_OK) == 0) give_up(sources, "a precompiled header");
    return read_file(sources, path, system, depth);
}

static void list(struct sources *sources, struct folder *folder)
{
    DIR *stream = opendir(folder->path);
    struct dirent *entry;
    folder->entries = arena_alloc(sources->arena, sizeof *folder->entries);
    vocabulary_begin(sources->arena, FILES, folder->entries);
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        size_t length = strlen(entry->d_name);
        bool precompiled = length > 4 && strcmp(entry->d_name + length - 4, ".gch") == 0;
        if (precompiled) length -= 4;
        vocabulary_learn(folder->entries, arena_copy(sources->arena, entry->d_name, length), length, FOLLOWED);
    }
    if (stream != NULL) closedir(stream);
}

/* False if there is no such file for sure. */
static bool may_have(struct sources *sources, struct folder *folder, const char *name, bool system)
{
    if (system) return true;
    if (folder->entries == NULL) list(sources, folder);
    return vocabulary_meaning(folder->entries, name, strcspn(name, "/")) != 0;
}

static bool find_in_any(struct sources *sources, folder_list *folders, const char *name, bool system, unsigned depth)
{
    for (size_t i = 0; i < folders->count && sources->reason == NULL; i++)
        if (may_have(sources, &folders->items[i], name, system && folders == &sources->system) &&
            find_in(sources, folders->items[i].path, name, system, depth))
            return true;
    return false;
}

static bool is_in_any(struct sources *sources, const folder_list *folders, const char *name)
{
    for (size_t i = 0; i < folders->count; i++)
        if (access(in_folder(sources, folders->items[i].path, name), F_OK) == 0) return true;
    return false;
}

static void follow_system(struct sources *sources, const char *name, unsigned depth)
{
    if (!sources->system_headers)
        sources->left_out |= is_in_any(sources, &sources->system, name) || is_in_any(sources, &sources->late, name);
    else if (!find_in_any(sources, &sources->system, name, true, depth))
        find_in_any(sources, &sources->late, name, true, depth);
}

/* An #include in a file of `folder`; true if it leads to a file of the program's. Others are not there, or the system's. */
static bool follow(struct sources *sources, const char *folder, const char *name, bool quoted, bool system, unsigned depth)
{
    const char *key = key_of(sources, quoted ? folder : "<>", name, system);
    if (known(sources, key) != 0) return (known(sources, key) & PROGRAM) != 0;
    learn(sources, key, FOLLOWED);
    bool found = name[0] == '/' ? find_in(sources, "", name, system, depth)
                                : (quoted && (find_in(sources, folder, name, system, depth) ||
                                              find_in_any(sources, &sources->quote, name, system, depth))) ||
                                      find_in_any(sources, &sources->project, name, system, depth);
    if (found && !system) learn(sources, key, PROGRAM);
    if (!found && !is_standard_header(name)) follow_system(sources, name, depth);
    return found && !system;
}

/* --- #include ---------------------------------------------------------------------------------------------------- */

static bool is_word(const struct lexer *lexer, struct token token, const char *word)
{
    return strlen(word) == token.length && memcmp(lexer->bytes + token.offset, word, token.length) == 0;
}

/* What stands behind `#include`: "name" or <name>. Null if it is neither. */
static const char *included(struct sources *sources, struct lexer *lexer, bool *ret_quoted)
{
    struct token token = lex_next(lexer);
    const char *from = lexer->bytes + token.offset + 1, *newline = memchr(from, '\n', lexer->size - token.offset - 1);
    size_t most = newline == NULL ? lexer->size - token.offset - 1 : (size_t)(newline - from);
    *ret_quoted = token.kind == TOKEN_STRING && from[-1] == '"';
    if (!token.directive || token.kind == TOKEN_END || (!*ret_quoted && !token_is(lexer, token, '<'))) return NULL;
    const char *end = memchr(from, *ret_quoted ? '"' : '>', most);
    if (end == NULL || memchr(from, '\\', (size_t)(end - from)) != NULL) return NULL;
    lexer->at = (size_t)(end + 1 - lexer->bytes);
    return arena_copy(sources->arena, from, (size_t)(end - from));
}

/* Is the directive an #include, of any kind? The lexer is behind its `#`, and then behind its name. */
static bool is_include(struct sources *sources, struct lexer *lexer, bool *ret_next)
{
    struct token token = lex_next(lexer);
    if (token.kind != TOKEN_IDENTIFIER || !token.directive || token.first) return false;
    if (memchr(lexer->bytes + token.offset, '\\', token.length) != NULL) give_up(sources, "a directive over several lines");
    *ret_next = is_word(lexer, token, "include_next");
    return *ret_next || is_word(lexer, token, "include") || is_word(lexer, token, "import");
}

/* Follows it; true if it leads to a file of the program's. */
static bool read_include(struct sources *sources, struct lexer *lexer, const char *path, bool next, bool system,
                         unsigned depth)
{
    bool quoted;
    struct lexer ahead = *lexer;
    const char *name = included(sources, lexer, &quoted);
    if (name == NULL && system && lex_next(&ahead).kind != TOKEN_IDENTIFIER) return false; /* in a comment */
    if (name == NULL) give_up(sources, arena_format(sources->arena, "an #include of a macro in %s", path));
    if (next && !system) give_up(sources, "#include_next");
    if (sources->reason != NULL) return false;
    if (!next) return follow(sources, folder_of(sources, path), name, quoted, system, depth + 1);
    for (size_t i = 0; i < sources->system.count && !is_standard_header(name); i++)
        find_in(sources, sources->system.items[i].path, name, true, depth + 1);
    return false;
}

static void add_text(struct sources *sources, const char *bytes, size_t length)
{
    if (sources->text.length + length > LARGEST) give_up(sources, "a large unit");
    else buffer_add(sources->arena, &sources->text, bytes, length);
}

static void add_token(struct sources *sources, struct token token, size_t offset)
{
    token.offset = (uint32_t)offset;
    *LIST_ADD(&sources->tokens, sources->arena) = token;
}

/* A line of our own, which has no tokens. */
static void add_marker(struct sources *sources, const char *path, bool system)
{
    if (strpbrk(path, "\"\\\n") != NULL) give_up(sources, "a file name of unusual characters");
    buffer_format(sources->arena, &sources->text, "\n# 1 \"%s\" 1%s\n", path, system ? " 3" : "");
    add_token(sources, (struct token){.kind = TOKEN_END}, sources->text.length);
}

/* A line of our own, which has. */
static void add_line(struct sources *sources, const char *line)
{
    struct lexer lexer;
    struct token token;
    size_t begin = sources->text.length;
    add_text(sources, line, strlen(line));
    lex_begin(&lexer, line, strlen(line));
    while ((token = lex_next(&lexer)).kind != TOKEN_END) add_token(sources, token, begin + token.offset);
}

/*
 * A header of the program's stands where it is included, between two lines `#include` that name nothing: text_relevance()
 * has to know where one begins and ends.
 */
static void read_program(struct sources *sources, const char *path, const char *bytes, size_t size, unsigned depth)
{
    static const char mark[] = "#include\n";
    struct lexer lexer, before;
    struct token token, after;
    size_t from = 0;
    bool next;
    lex_begin(&lexer, bytes, size);
    while (sources->reason == NULL && (token = lex_next(&lexer)).kind != TOKEN_END) {
        bool directive = token.directive && token.first;
        if (directive && bytes[token.offset] == '%') give_up(sources, "directives spelled with %:");
        before = lexer;
        if (!directive || !is_include(sources, &lexer, &next)) {
            lexer = before;
            add_token(sources, token, sources->text.length + token.offset - from);
            continue;
        }
        add_text(sources, bytes + from, token.offset - from);
        add_text(sources, "\n", 1);
        size_t marked = sources->text.length, tokens = sources->tokens.count;
        add_line(sources, mark);
        if (read_include(sources, &lexer, path, next, false, depth)) {
            add_marker(sources, path, false);
            add_line(sources, mark);
        } else if (sources->text.length == marked + sizeof mark - 1) {
            sources->text.length = marked;
            sources->tokens.count = tokens;
        } else {
            add_marker(sources, path, false);
        }
        do {
            before = lexer;
            after = lex_next(&lexer);
        } while (after.directive && !after.first && after.kind != TOKEN_END);
        lexer = before;
        from = after.offset;
    }
    add_text(sources, bytes + from, size - from);
}

/* Is this the first character of its line? */
static bool begins_line(const char *bytes, const char *at)
{
    while (at > bytes && (at[-1] == ' ' || at[-1] == '\t')) at--;
    return at == bytes || at[-1] == '\n';
}

static void read_system_header(struct sources *sources, const char *path, const char *bytes, size_t size, unsigned depth)
{
    add_text(sources, bytes, size);
    const char *hash, *end = bytes + size;
    for (const char *at = bytes; sources->reason == NULL && (hash = memchr(at, '#', (size_t)(end - at))) != NULL; at = hash + 1) {
        const char *word = hash + 1;
        while (word < end && (*word == ' ' || *word == '\t')) word++;
        if (end - word < 6 || word[0] != 'i' || (word[1] != 'n' && word[1] != 'm') || !begins_line(bytes, hash)) continue;
        struct lexer lexer;
        bool next;
        lex_begin(&lexer, bytes, size);
        lexer.at = (size_t)(hash - bytes);
        lex_next(&lexer);
        if (is_include(sources, &lexer, &next)) read_include(sources, &lexer, path, next, true, depth);
    }
}

static bool has_trigraphs(const char *bytes, size_t size)
{
    const char *end = bytes + size, *at = bytes;
    for (; (at = memchr(at, '?', (size_t)(end - at))) != NULL; at++)
        if (end - at > 2 && at[1] == '?' && (at[2] == '/' || at[2] == '=')) return true;
    return false;
}

static bool read_file(struct sources *sources, const char *path, bool system, unsigned depth)
{
    const char *bytes, *key = key_of(sources, "file", path, system);
    size_t size;
    if (known(sources, key) != 0) return true;
    if (!load(sources->arena, path, &bytes, &size)) return false;
    learn(sources, key, FOLLOWED);
    if (depth > DEEPEST) give_up(sources, "#includes too deep");
    if (sources->reason != NULL) return true;
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) bytes += 3, size -= 3; /* UTF-8's mark */
    add_marker(sources, path, system);
    if (system) {
        read_system_header(sources, path, bytes, size, depth);
    } else {
        if (has_trigraphs(bytes, size)) give_up(sources, "trigraphs");
        read_program(sources, path, bytes, size, depth);
    }
    return true;
}

/* --- the command line -------------------------------------------------------------------------------------------- */

static void add_folder(struct sources *sources, folder_list *folders, const char *folder)
{
    if (*folder == '=' || strncmp(folder, "$SYSROOT", 8) == 0) give_up(sources, "a folder in a system root");
    struct stat about;
    bool there = stat(folder, &about) == 0;
    *LIST_ADD(folders, sources->arena) = (struct folder){.path = folder, .there = there};
    if (!there) return;
    folders->items[folders->count - 1].device = about.st_dev;
    folders->items[folders->count - 1].inode = about.st_ino;
}

/* -D NAME=VALUE as a directive. */
static void add_definition(struct sources *sources, const char *definition)
{
    size_t name = strcspn(definition, "=");
    const char *value = definition[name] == '=' ? definition + name + 1 : "1";
    if (strchr(definition, '\n') != NULL) give_up(sources, "a macro of several lines");
    add_line(sources, arena_format(sources->arena, "#define %.*s %s\n", (int)name, definition, value));
}

/* The folders that the compiler has built in. GCC is at PREFIX/lib/gcc/MACHINE/VERSION/cc1, or below libexec. */
static void add_own_folders(struct sources *sources, const char *compiler)
{
    static const char *const places[] = {"/usr/lib", "/usr/libexec"};
    struct arena *arena = sources->arena;
    const char *folder = folder_of(sources, compiler), *gcc = NULL;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strncmp(folder, places[i], strlen(places[i])) == 0 && strncmp(folder + strlen(places[i]), "/gcc/", 5) == 0)
            gcc = folder + strlen(places[i]);
    size_t machine = gcc == NULL ? 0 : strcspn(gcc + 5, "/");
    if (machine == 0 || gcc[5 + machine] != '/' || strchr(gcc + 6 + machine, '/') != NULL) {
        give_up(sources, "a compiler of unknown layout");
        return;
    }
    add_folder(sources, &sources->system, arena_format(arena, "/usr/lib%s/include", gcc));
    add_folder(sources, &sources->system, arena_format(arena, "/usr/lib%s/include-fixed", gcc));
    add_folder(sources, &sources->system, arena_format(arena, "/usr/%.*s/include", (int)machine, gcc + 5));
    add_folder(sources, &sources->system, "/usr/local/include");
    if (sources->multiarch != NULL) {
        add_folder(sources, &sources->system, arena_format(arena, "/usr/local/include/%s", sources->multiarch));
        add_folder(sources, &sources->system, arena_format(arena, "/usr/include/%s", sources->multiarch));
    }
    add_folder(sources, &sources->system, "/usr/include");
}

static bool has(const folder_list *folders, const struct folder *folder)
{
    for (size_t i = 0; i < folders->count && folder->there; i++) {
        const struct folder *other = &folders->items[i];
        if (other->there && other->inode == folder->inode && other->device == folder->device) return true;
    }
    return false;
}

/* -I of a folder that is a system folder anyway changes nothing, not even its turn. */
static void forget_system_folders(struct sources *sources)
{
    size_t kept = 0;
    for (size_t i = 0; i < sources->project.count; i++) {
        const struct folder *folder = &sources->project.items[i];
        if (!has(&sources->system, folder) && !has(&sources->late, folder)) sources->project.items[kept++] = *folder;
    }
    sources->project.count = kept;
}

static void read_options(struct sources *sources, char *const *argv, bool forced)
{
    for (; *argv != NULL; argv++) {
        const struct option *option = option_find(options, *argv);
        const char *value = option->shape == PREFIX ? *argv + strlen(option->word) : *argv;
        if (option->shape == NEXT && (value = *++argv) == NULL) break;
        switch ((enum matter)option->meaning) {
        case DEFINE:
            if (!forced) add_definition(sources, value);
            break;
        case FOLDER:
            if (!forced) add_folder(sources, &sources->project, value);
            break;
        case QUOTE_FOLDER:
            if (!forced) add_folder(sources, &sources->quote, value);
            break;
        case SYSTEM_FOLDER:
            if (!forced) add_folder(sources, &sources->system, value);
            break;
        case LATE_FOLDER:
            if (!forced) add_folder(sources, &sources->late, value);
            break;
        case MULTIARCH:
            sources->multiarch = value;
            break;
        case FORCED:
            if (forced) follow(sources, "", value, true, false, 1);
            break;
        case UNKNOWN:
            give_up(sources, option->word);
            break;
        case IGNORED:
            break;
        }
    }
}

/* The unit's text with all branches in it, and system headers if asked for. False: only the preprocessor knows it. */
static bool read_unit(struct sources *sources, const struct unit *unit, bool system_headers, struct text *ret_text)
{
    sources->system_headers = system_headers;
    vocabulary_begin(sources->arena, FILES, &sources->seen);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (getenv(variables[i]) != NULL) give_up(sources, variables[i]);
    buffer_format(sources->arena, &sources->text, "# 1 \"<command-line>\" 1\n");
    read_options(sources, unit->argv + 1, false);
    add_own_folders(sources, unit->argv[0]);
    forget_system_folders(sources);
    if (sources->reason == NULL) read_options(sources, unit->argv + 1, true);
    if (sources->reason == NULL && !read_file(sources, unit->input, false, 0)) give_up(sources, "an unreadable source");
    if (sources->reason == NULL) {
        text_wrap(sources->arena, sources->text.bytes, sources->text.length, ret_text);
        ret_text->tokens = sources->tokens;
    }
    return sources->reason == NULL;
}

bool sources_without_locks(const struct unit *unit, struct arena *arena, const char **ret_reason)
{
    struct sources sources = {.arena = arena}, again = {.arena = arena};
    struct text text;
    struct config config;
    struct relevance relevance = {0};
    /* What is wrong in a configuration file mutray-edit will say, where that matters. */
    config_find(arena, unit->input, config_descriptions_folder(arena), &config, ret_reason);
    bool known = read_unit(&sources, unit, false, &text);
    if (known) text_relevance(&text, &relevance);
    if (known && !relevance.concerned && relevance.asked_macros && sources.left_out) {
        known = read_unit(&again, unit, true, &text);
        if (known) text_relevance(&text, &relevance);
    }
    *ret_reason = sources.reason != NULL ? sources.reason : again.reason != NULL ? again.reason : relevance.word;
    return known && !relevance.concerned;
}
