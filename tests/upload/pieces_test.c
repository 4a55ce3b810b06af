/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of a request: where to, tags, container, keys of labels, multipart. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../export/cmocka_all.h"
#include "destination.h"
#include "identity.h"
#include "multipart.h"
#include "push.h"
#include "relabel.h"
#include "tags.h"

static struct mutray__options nothing(void)
{
    struct mutray__options options;
    memset(&options, 0, sizeof options);
#define UNSET_TEXT(field) options.field = "";
#define UNSET_FLAG(field)
#define UNSET_NUMBER(field)
#define UNSET_COUNT(field)
#define MUTRAY_OPTION(type, name, field, fallback, low, high, meaning) UNSET_##type(field)
#include "options.def"
#undef MUTRAY_OPTION
    options.site = "datadoghq.com";
    return options;
}

static void assert_goes_to(const struct mutray__options *options, const char *url, const char *socket)
{
    struct mutray__destination found;
    const char *problem = NULL;
    assert_int_equal(mutray__destination_find(options, &found, &problem), 0);
    assert_string_equal(found.url, url);
    assert_string_equal(found.socket, socket);
}

static void test_agent_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url, *to, *socket;
    } cases[] = {
        {"http://h:1", "http://h:1/profiling/v1/input", ""},
        {"http://h:1/", "http://h:1/profiling/v1/input", ""},
        {"http://h:1/x", "http://h:1/x/profiling/v1/input", ""},
        {"https://h", "https://h/profiling/v1/input", ""},
        {"h", "http://h/profiling/v1/input", ""},
        {"h:81", "http://h:81/profiling/v1/input", ""},
        {"unix:///run/a.sock", "http://localhost/profiling/v1/input", "/run/a.sock"},
        {"/run/a.sock", "http://localhost/profiling/v1/input", "/run/a.sock"},
    };
    struct mutray__options options = nothing();
    options.agent_host = "elsewhere"; /* the URL wins */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        options.agent_url = cases[i].url;
        assert_goes_to(&options, cases[i].to, cases[i].socket);
    }
}

static void test_agent_host_and_port(void **state)
{
    (void)state;
    struct mutray__options options = nothing();
    assert_goes_to(&options, "http://localhost:8126/profiling/v1/input", ""); /* no socket on a machine that tests */
    options.agent_host = "b";
    options.agent_port = "2";
    assert_goes_to(&options, "http://b:2/profiling/v1/input", "");
    options.trace_agent_host = "a";
    options.trace_agent_port = "1";
    assert_goes_to(&options, "http://a:1/profiling/v1/input", "");
    options.trace_agent_host = "::1";
    assert_goes_to(&options, "http://[::1]:1/profiling/v1/input", "");
    options.trace_agent_host = "[::1]";
    assert_goes_to(&options, "http://[::1]:1/profiling/v1/input", "");
}

static void test_key_wins_over_agent_and_push_over_both(void **state)
{
    (void)state;
    struct mutray__options options = nothing();
    options.agent_url = "http://h:1";
    options.api_key = "k";
    assert_goes_to(&options, "https://intake.profile.datadoghq.com/api/v2/profile", "");
    options.site = "us5.datadoghq.com";
    assert_goes_to(&options, "https://intake.profile.us5.datadoghq.com/api/v2/profile", "");
    options.push_url = "parca+https://p/base/";
    assert_goes_to(&options, "https://p/base/api/profiles/writeraw", "");
}

static void test_nonsense_is_refused_with_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *url, *port, *key, *site, *push, *problem;
    } cases[] = {
        {.url = "ftp://x", .problem = "DD_TRACE_AGENT_URL"},
        {.url = "http://", .problem = "DD_TRACE_AGENT_URL"},
        {.url = "http:///x", .problem = "DD_TRACE_AGENT_URL"},
        {.url = "http://a b", .problem = "DD_TRACE_AGENT_URL"},
        {.url = "http://a\r\nX: y", .problem = "DD_TRACE_AGENT_URL"},
        {.url = "unix://relative", .problem = "DD_TRACE_AGENT_URL"},
        {.url = "/a/path/longer/than/a/unix/socket/may/have/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxx", .problem = "DD_TRACE_AGENT_URL"},
        {.port = "0", .problem = "DD_TRACE_AGENT_PORT"},
        {.port = "65536", .problem = "DD_TRACE_AGENT_PORT"},
        {.port = "80x", .problem = "DD_TRACE_AGENT_PORT"},
        {.port = "-1", .problem = "DD_TRACE_AGENT_PORT"},
        {.key = "two words", .problem = "DD_API_KEY"},
        {.key = "k\r\nX: y", .problem = "DD_API_KEY"},
        {.key = "k", .site = "a/b", .problem = "DD_SITE"},
        {.push = "http://p", .problem = "MUTRAY_PUSH_URL"},
        {.push = "pyroscope+http://", .problem = "MUTRAY_PUSH_URL"},
        {.push = "jaeger+http://p", .problem = "MUTRAY_PUSH_URL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mutray__options options = nothing();
        struct mutray__destination found;
        const char *problem = "";
        options.agent_url = cases[i].url != NULL ? cases[i].url : "";
        options.trace_agent_port = cases[i].port != NULL ? cases[i].port : "";
        options.api_key = cases[i].key != NULL ? cases[i].key : "";
        options.site = cases[i].site != NULL ? cases[i].site : "datadoghq.com";
        options.push_url = cases[i].push != NULL ? cases[i].push : "";
        assert_int_equal(mutray__destination_find(&options, &found, &problem), -EINVAL);
        assert_non_null(strstr(problem, cases[i].problem));
    }
}

static void test_credentials_are_not_shown(void **state)
{
    (void)state;
    static const struct {
        const char *push, *shown;
    } cases[] = {
        {"pyroscope+http://user:secret@h:1/x", "http://h:1"},
        {"pyroscope+https://a@b:p@h", "https://h"},
        {"pyroscope+https://h:2/a@b", "https://h:2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mutray__options options = nothing();
        struct mutray__destination found;
        const char *problem;
        char shown[128];
        options.push_url = cases[i].push;
        assert_int_equal(mutray__destination_find(&options, &found, &problem), 0);
        mutray__destination_show(&found, sizeof shown, shown);
        assert_string_equal(shown, cases[i].shown);
    }
}

static void test_tag_lists(void **state)
{
    (void)state;
    static const struct {
        const char *list, *expected;
    } cases[] = {
        {"a:1,b:2", "a:1,b:2"},
        {"a:1 b:2", "a:1,b:2"},
        {" a:1 , b:2 ", "a:1,b:2"},
        {"a:1,,b:2,", "a:1,b:2"},
        {"a:b:c", "a:b:c"},
        {"a:1,a:2", "a:1"},
        {"a:,:b,c,1d:2,e:3:", ""},
        {"a:x y,b:2", "b:2"},
        {"url:http://h/x_y-z.w\\v", "url:http://h/x_y-z.w\\v"},
        {"a:\xc3\xa9", "a:\xc3\xa9"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct mutray__tags tags = {.length = 0};
        mutray__tags_add_list(&tags, cases[i].list);
        assert_string_equal(tags.length == 0 ? "" : tags.text, cases[i].expected);
    }
}

static void test_tags_never_overflow(void **state)
{
    (void)state;
    struct mutray__tags tags = {.length = 0};
    char value[200], key[16];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        mutray__tags_add(&tags, key, value);
    }
    assert_true(tags.length < sizeof tags.text && tags.length > sizeof tags.text / 2);
    assert_int_equal(strlen(tags.text), tags.length);
    assert_int_not_equal(tags.text[tags.length - 1], ',');
}

static void test_container_ids(void **state)
{
    (void)state;
#define ID "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860"
    static const struct {
        const char *cgroup, *id;
    } cases[] = {
        {"0::/docker/" ID "\n", ID},
        {"13:name=systemd:/docker/" ID "\n12:pids:/docker/" ID "\n", ID},
        {"1:name=systemd:/kubepods/besteffort/pod3d274242-8ee0-11e9-a8a6-1e68d864ef1a/" ID "\n", ID},
        {"0::/system.slice/docker-" ID ".scope\n", ID},
        {"0::/system.slice/docker-" ID ".scope/init\n", ID},
        {"0::/kubepods.slice/cri-containerd-" ID ".scope\n", ID},
        {"1:name=systemd:/ecs/55091c13-b8cf-4801-b527-f4601742204d/432624d2150b349fe35ba397284dea788c2bf66b885d14dfc1569b01890"
         "ca7da\n", "432624d2150b349fe35ba397284dea788c2bf66b885d14dfc1569b01890ca7da"},
        {"1:name=systemd:/ecs/34dc0b5e626f2c5c4c5170e34b10e765-1234567890\n", "34dc0b5e626f2c5c4c5170e34b10e765-1234567890"},
        {"1:name=systemd:/34dc0b5e-626f-2c5c-4c51-70e34b10e765\n", "34dc0b5e-626f-2c5c-4c51-70e34b10e765"},
        {"1:name=systemd:/6f265890-5165-7fab-6b52-18d1\n", "6f265890-5165-7fab-6b52-18d1"},
        {"0::/user.slice/user-0.slice/session-14.scope\n", ""},
        {"0::/\n", ""},
        {"nonsense\n::\n", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char id[128];
        mutray__container_id(cases[i].cgroup, sizeof id, id);
        assert_string_equal(id, cases[i].id);
    }
}

static void test_cgroup_paths(void **state)
{
    (void)state;
    static const struct {
        const char *cgroup, *path;
    } cases[] = {
        {"0::/a/b\n", "a/b"},
        {"0::/\n", ""},
        {"12:cpu,cpuacct:/x\n11:memory:/y\n0::/z\n", "memory/y"},
        {"11:hugetlb,memory:/y\n", "memory/y"},
        {"11:memorylike:/y\n", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[128];
        mutray__cgroup_path(cases[i].cgroup, sizeof path, path);
        assert_string_equal(path, cases[i].path);
    }
}

static void test_tag_values_are_normalised(void **state)
{
    (void)state;
    static const struct {
        const char *value, *expected;
    } cases[] = {{"My App (v2)", "my_app_v2"}, {"/usr/bin", "/usr/bin"}, {"__x__", "x"}, {"", ""}, {"***", ""}, {"a  b", "a_b"}};
    char clean[128], longest[300];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutray__normalise_tag_value(cases[i].value, sizeof clean, clean);
        assert_string_equal(clean, cases[i].expected);
    }
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    mutray__normalise_tag_value(longest, sizeof clean, clean);
    assert_int_equal(strlen(clean), 100);
}

static void test_base64(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = mutray__base64(cases[i][0], strlen(cases[i][0]));
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
}

static void test_multipart_holds_any_bytes(void **state)
{
    (void)state;
    static const char profile[] = "\0\r\n--\xff";
    struct mutray__body one, two;
    char expected[512];
    assert_int_equal(mutray__multipart("{}", profile, sizeof profile - 1, &one), 0);
    assert_int_equal(mutray__multipart("{}", profile, sizeof profile - 1, &two), 0);
    assert_string_not_equal(one.boundary, two.boundary);
    int length = snprintf(expected, sizeof expected, "\r\n--%s--\r\n", one.boundary);
    assert_memory_equal(one.bytes + one.size - length, expected, length);
    assert_memory_equal(one.bytes + one.size - length - (sizeof profile - 1), profile, sizeof profile - 1);
    free(one.bytes);
    free(two.bytes);
}

static size_t gzip(const void *plain, size_t size, unsigned char *ret, size_t room)
{
    z_stream z = {.next_in = (unsigned char *)plain, .avail_in = (uInt)size, .next_out = ret, .avail_out = (uInt)room};
    deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static size_t gunzip(const void *packed, size_t size, unsigned char *ret, size_t room)
{
    z_stream z = {.next_in = (unsigned char *)packed, .avail_in = (uInt)size, .next_out = ret, .avail_out = (uInt)room};
    inflateInit2(&z, 15 + 16);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    return room - z.avail_out;
}

/* A sample with a label whose key is string 1 and whose value is string 2, then the strings. */
#define PROFILE(key, value) "\x12\x06\x1a\x04\x08\x01\x10\x02" "\x32\x00" "\x32\x09" key "\x32\x09" value "\x48\x05"

static void test_only_keys_are_renamed(void **state)
{
    (void)state;
    static const char before[] = PROFILE("lock name", "not a key"), after[] = PROFILE("lock_name", "not a key");
    unsigned char packed[256], plain[256];
    void *renamed;
    size_t size = gzip(before, sizeof before - 1, packed, sizeof packed), renamed_size;
    assert_int_equal(mutray__relabel(packed, size, &renamed, &renamed_size), 0);
    assert_int_equal(gunzip(renamed, renamed_size, plain, sizeof plain), sizeof after - 1);
    assert_memory_equal(plain, after, sizeof after - 1);
    free(renamed);
}

static void test_what_is_no_profile(void **state)
{
    (void)state;
    static const char before[] = PROFILE("lock name", "not a key");
    unsigned char packed[256];
    void *renamed;
    size_t renamed_size;
    assert_int_equal(mutray__relabel("text", 4, &renamed, &renamed_size), -EINVAL);
    assert_int_equal(mutray__relabel("", 0, &renamed, &renamed_size), -EINVAL);
    size_t size = gzip(before, sizeof before - 1, packed, sizeof packed);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(mutray__relabel(packed, cut, &renamed, &renamed_size), -EINVAL);
    for (size_t cut = 1; cut < 8; cut++) { /* within the first field */
        size = gzip(before, cut, packed, sizeof packed);
        assert_int_equal(mutray__relabel(packed, size, &renamed, &renamed_size), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent_urls),
        cmocka_unit_test(test_agent_host_and_port),
        cmocka_unit_test(test_key_wins_over_agent_and_push_over_both),
        cmocka_unit_test(test_nonsense_is_refused_with_its_name),
        cmocka_unit_test(test_credentials_are_not_shown),
        cmocka_unit_test(test_tag_lists),
        cmocka_unit_test(test_tags_never_overflow),
        cmocka_unit_test(test_container_ids),
        cmocka_unit_test(test_cgroup_paths),
        cmocka_unit_test(test_tag_values_are_normalised),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_multipart_holds_any_bytes),
        cmocka_unit_test(test_only_keys_are_renamed),
        cmocka_unit_test(test_what_is_no_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
