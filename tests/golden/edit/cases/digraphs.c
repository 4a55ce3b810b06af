/* Digraphs: brackets and hashes in their other spelling. */
/* expect: expanded */
%:include <pthread.h>

%:define LOCK(m) pthread_mutex_lock(m)
static pthread_mutex_t gates<:2:> = <%PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER%>;

int main(void)
<%
    LOCK(&gates<:0:>);
    return pthread_mutex_unlock(gates);
%>
