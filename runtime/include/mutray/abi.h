/*
 * What an instrumented object and the runtime say to each other.
 *
 * An instrumented unit carries, as static data, one `site` for each call of a lock function, one `lock` for each
 * declaration that such calls name, one `creation` for each lock that is made by a definition, and one `unit` that
 * holds them together. A constructor hands the unit to mutray__attach(), when the process has a runtime; a destructor
 * takes it back. Every call goes through a small inline function of its own:
 *
 *     int mutray__at_5(pthread_mutex_t *m)
 *     {
 *         void (*const *ops)(void) = mutray__ops;
 *         if (ops != 0) return ((int (*)(pthread_mutex_t *, struct mutray__site *))ops[N])(m, &mutray__sites[5]);
 *         return pthread_mutex_lock(m);
 *     }
 *
 * where N is the function's number in functions.def. `mutray__ops` is weak and hidden, so there is one per executable or
 * shared library; it is null while profiling is off or no runtime is there, and the program then behaves, and costs, as
 * if it were plain. No symbol is left undefined: such objects link and run without the runtime.
 *
 * tool/instrument/emit.c writes these declarations into other people's source text, where any plain word may be a macro;
 * it spells the members differently but in the same order. A test holds the two against each other.
 * All of this is append-only: a change that is not raises MUTRAY__ABI, and the runtime leaves other versions alone.
 */
#ifndef MUTRAY_ABI_H
#define MUTRAY_ABI_H

#ifdef __cplusplus
extern "C" {
#endif

#define MUTRAY__ABI 1

/* The numbers of the lock functions: MUTRAY__FN_pthread_mutex_init and so on. */
enum mutray__function {
#define MUTRAY_FUNCTION(returns, name, kind, role, lock, parameters, arguments) MUTRAY__FN_##name,
#include "functions.def"
#undef MUTRAY_FUNCTION
    MUTRAY__FUNCTIONS
};

/*
 * A declaration that holds a lock: a variable, or a member of a structure. The same declaration seen from several units
 * has equal `key` texts, and only equal ones; that is how a call in one unit finds the creation in another.
 */
struct mutray__lock {
    const char *variable;    /* the last word of the name: "lock"; "" where the expression has none */
    const char *declaration; /* with its owner: "conn_queue.lock", "main.m" (a static local), "cache_lock" (a global) */
    const char *key;         /* identity across units, opaque */
    void *joined;            /* the runtime's */
};

/* One call of a lock function, or one reference to it. */
struct mutray__site {
    struct mutray__lock *lock; /* null where the expression does not name a declaration (a bare pointer parameter) */
    const char *variable;      /* the call's own word for the lock, used when nothing better is known; may be "" */
    const char *file;          /* path as the compiler was given it, after #line */
    const char *function;      /* enclosing function */
    unsigned line;
    unsigned short what;       /* enum mutray__function */
    unsigned short flags;      /* MUTRAY__SITE_* */
    unsigned id;               /* the runtime's; 0 until first recorded */
    unsigned reserved;
};
/* The lock argument is (or may be) the address of an element of an array: one name for all. For information only. */
#define MUTRAY__SITE_ARRAY 1u
/* The expression goes through a pointer variable: look the address up first, the declaration only if that finds none. */
#define MUTRAY__SITE_POINTER 2u

/* The expression is rooted in a parameter that points to a lock: whose it is, the hand-over tells (see below). */
#define MUTRAY__SITE_PARAMETER 4u

/*
 * Two kinds of site are no lock function's call; `what` then is one of these.
 *
 * A hand-over is an argument, `my_lock(&c->lock)`, that gives a lock to a function of the program. While profiling is on
 * it stores the lock's address and its site in the thread's `struct mutray__hint`. A call whose site is rooted in a
 * parameter looks there: if the address is its lock's, it speaks with the hand-over's site and lock.
 *
 * A made site is a call, `c->lock = my_lock_new()`, whose result is a lock that the callee made: that lock's creation is
 * then this site, not the init call inside the callee.
 */
#define MUTRAY__HAND_OVER 0xfffe
#define MUTRAY__MADE 0xffff

/*
 * A call of a function that a configuration file describes has what = MUTRAY__DESCRIBED | kind << 8 | role, the two
 * numbered in the order in which functions.def explains them. It is measured from outside: mutray__enter before the
 * function is called, mutray__leave after it.
 */
#define MUTRAY__DESCRIBED 0x8000
struct mutray__call {
    void *opaque[8];
};

struct mutray__hint {
    const void *lock;
    struct mutray__site *site;
};

/* A lock that exists because of a definition, without an init call. */
struct mutray__creation {
    struct mutray__lock *lock;
    const char *file;     /* as in a site */
    const void *address;  /* of the first lock made, null where it cannot be told (locals) */
    unsigned long size;   /* bytes from there to the end of the last one: an array's elements share one creation */
    unsigned long stride; /* in an array of structures, from one element's lock to the next one's; 0: nothing between */
    unsigned line;
    unsigned flags;       /* MUTRAY__CREATION_* */
};
/* Defined with an initialiser for the lock. Without it, the definition only counts where no init call is seen. */
#define MUTRAY__CREATION_INITIALISED 1u

struct mutray__unit {
    unsigned abi;
    unsigned site_count, lock_count, creation_count;
    struct mutray__site *sites;
    struct mutray__lock *locks;
    struct mutray__creation *creations;
    void (*const **ops)(void); /* this module's mutray__ops */
    const char *source;        /* the unit's main file */
    struct mutray__unit *next; /* the runtime's */
    long *hints;               /* this module's mutray__hints */
};

/*
 * Called by a unit's constructor (at load, before main or inside dlopen) and destructor. Never fail: a unit the runtime
 * cannot take stays plain and is counted. Safe from any thread, before main, and after exit began.
 */
void mutray__attach(struct mutray__unit *unit);
void mutray__detach(struct mutray__unit *unit);

/*
 * The hint lives in the runtime's initial-exec thread-local memory; every module has a weak hidden `long mutray__hints`,
 * which the runtime sets to the hint's distance from the thread pointer while profiling is on, and to 0 while it is off,
 * so that a hand-over costs two plain stores. Where the instrumented code cannot compute that address it calls this.
 */
void mutray__hand_over(void *lock, struct mutray__site *site);
/* Called with the result of a made site, which may be null. */
void mutray__made(void *lock, struct mutray__site *site);

/* Around the call of a described function; `lock` is its argument, and `indirect` says that the lock is what it points to
 * afterwards: 1, or 2 if the function is the program's own and makes a lock that is instrumented itself. Only called while *hints is not 0; a leave without enter cannot happen, an enter without leave (longjmp) can. */
void mutray__enter(struct mutray__call *call, void *lock, struct mutray__site *site);
void mutray__leave(struct mutray__call *call, int succeeded, int indirect);

#ifdef __cplusplus
}
#endif

#endif
