/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions: a basket and a recursive lock, as functions that lock call each other.
 */
#include "session.h"

#include "catalogue.h"

void session_open(struct session *session)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&session->mutex, &attributes); /* !CREATE! mutex many recursive */
    pthread_mutexattr_destroy(&attributes);
}

void session_begin(struct session *session, unsigned customer)
{
    pthread_mutex_lock(&session->mutex);
    session->customer = customer;
    session->line_count = 0;
    pthread_mutex_unlock(&session->mutex);
}

void session_add(struct session *session, unsigned item, unsigned count)
{
    pthread_mutex_lock(&session->mutex);
    if (session->line_count < BASKET) session->basket[session->line_count++] = (struct line){item % ITEMS, count};
    pthread_mutex_unlock(&session->mutex);
}

void session_add_set(struct session *session, unsigned first, unsigned kinds)
{
    pthread_mutex_lock(&session->mutex);
    for (unsigned i = 0; i < kinds; i++)
        session_add(session, first + i, 1);
    pthread_mutex_unlock(&session->mutex);
}

void session_close(struct session *session)
{
    pthread_mutex_destroy(&session->mutex);
}
