/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions behind the wrappers, and those of OpenSSL that the shim calls itself. The shim
 * links to neither libssl nor libcrypto: it looks them up when the program first uses them.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <unistd.h>

#include <openssl/async.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

/* OpenSSL 1.1.1, macros or deprecated later. */
#undef ERR_put_error
void ERR_put_error(int lib, int func, int reason, const char *file, int line);
unsigned long ERR_get_error_line_data(const char **file, int *line, const char **data, int *flags);

/* As in <sys/socket.h>, whose other names would be in the way of the engine's. */
struct msghdr;
ssize_t recv(int fd, void *buf, size_t count, int flags);
ssize_t recvmsg(int fd, struct msghdr *message, int flags);

/* Deprecated, or gone in OpenSSL 4. */
struct engine_st *EVP_PKEY_get0_engine(const EVP_PKEY *pkey);
const struct rsa_st *EVP_PKEY_get0_RSA(const EVP_PKEY *pkey);
const struct ec_key_st *EVP_PKEY_get0_EC_KEY(const EVP_PKEY *pkey);
const struct rsa_meth_st *RSA_get_method(const struct rsa_st *rsa);
const struct rsa_meth_st *RSA_PKCS1_OpenSSL(void);
const struct ec_key_method_st *EC_KEY_get_method(const struct ec_key_st *key);
const struct ec_key_method_st *EC_KEY_OpenSSL(void);

/* OpenSSL 3.0 and later. */
const char *OSSL_PROVIDER_get0_name(const struct ossl_provider_st *provider);

/* OpenSSL 3.0 and later; older headers do not declare them, nor that type. */
typedef struct ossl_lib_ctx_st OSSL_LIB_CTX;
SSL_CTX *SSL_CTX_new_ex(OSSL_LIB_CTX *libctx, const char *propq, const SSL_METHOD *method);

ossl_ssize_t SSL_sendfile(SSL *ssl, int fd, off_t offset, size_t size, int flags);

/* OpenSSL 3.5 and later. */
SSL *SSL_accept_connection(SSL *listener, uint64_t flags);
int SSL_write_ex2(SSL *ssl, const void *buf, size_t num, uint64_t flags, size_t *written);

/* OpenSSL 3.2 and later. */
int SSL_handle_events(SSL *ssl);
typedef void *(*atls_stack_alloc)(size_t *size);
typedef void (*atls_stack_free)(void *stack);
int ASYNC_set_mem_functions(atls_stack_alloc alloc, atls_stack_free free);

/* clang-format off */

/* Wrapped, or called by the shim. One that the loaded OpenSSL lacks stays NULL. */
#define ATLS_OPENSSL_FUNCTIONS(X) \
	X(ASYNC_init_thread)                 \
	X(ASYNC_cleanup_thread)              \
	X(ASYNC_is_capable)                  \
	X(ASYNC_set_mem_functions)           \
	X(ASYNC_start_job)                   \
	X(ASYNC_pause_job)                   \
	X(ASYNC_get_current_job)             \
	X(ASYNC_get_wait_ctx)                \
	X(ASYNC_block_pause)                 \
	X(ASYNC_unblock_pause)               \
	X(ASYNC_WAIT_CTX_new)                \
	X(ASYNC_WAIT_CTX_free)               \
	X(ASYNC_WAIT_CTX_set_wait_fd)        \
	X(ASYNC_WAIT_CTX_get_fd)             \
	X(ASYNC_WAIT_CTX_get_all_fds)        \
	X(ASYNC_WAIT_CTX_get_changed_fds)    \
	X(ASYNC_WAIT_CTX_clear_fd)           \
	X(ASYNC_WAIT_CTX_set_callback)       \
	X(ASYNC_WAIT_CTX_get_callback)       \
	X(ASYNC_WAIT_CTX_set_status)         \
	X(ASYNC_WAIT_CTX_get_status)         \
	X(SSL_CTX_new)                       \
	X(SSL_CTX_new_ex)                    \
	X(SSL_new)                           \
	X(SSL_dup)                           \
	X(SSL_accept_connection)             \
	X(SSL_free)                          \
	X(SSL_up_ref)                        \
	X(SSL_clear)                         \
	X(SSL_do_handshake)                  \
	X(SSL_accept)                        \
	X(SSL_connect)                       \
	X(SSL_stateless)                     \
	X(DTLSv1_listen)                     \
	X(SSL_handle_events)                 \
	X(SSL_read)                          \
	X(SSL_read_ex)                       \
	X(SSL_peek)                          \
	X(SSL_peek_ex)                       \
	X(SSL_write)                         \
	X(SSL_write_ex)                      \
	X(SSL_write_ex2)                     \
	X(SSL_sendfile)                      \
	X(SSL_read_early_data)               \
	X(SSL_write_early_data)              \
	X(SSL_shutdown)                      \
	X(SSL_get_error)                     \
	X(SSL_want)                          \
	X(SSL_ctrl)                          \
	X(SSL_CTX_ctrl)                      \
	X(SSL_CTX_set_async_callback)        \
	X(SSL_set_async_callback)            \
	X(SSL_waiting_for_async)             \
	X(SSL_get_all_async_fds)             \
	X(SSL_get_changed_async_fds)         \
	X(SSL_pending)                       \
	X(SSL_has_pending)                   \
	X(SSL_get_servername)                \
	X(SSL_get_signature_type_nid)        \
	X(SSL_get_peer_signature_type_nid)   \
	X(SSL_get_rfd)                       \
	X(SSL_get_rbio)                      \
	X(SSL_get_wbio)                      \
	X(SSL_set_fd)                        \
	X(SSL_set_rfd)                       \
	X(SSL_set_wfd)                       \
	X(SSL_set_bio)                       \
	X(SSL_set0_rbio)                     \
	X(SSL_set0_wbio)                     \
	X(SSL_get_info_callback)             \
	X(SSL_set_info_callback)             \
	X(SSL_get_ex_data)                   \
	X(SSL_set_ex_data)                   \
	X(SSL_is_init_finished)              \
	X(SSL_is_server)                     \
	X(SSL_version)                       \
	X(SSL_session_reused)                \
	X(SSL_get_current_cipher)            \
	X(SSL_CIPHER_get_protocol_id)        \
	X(BIO_f_ssl)                         \
	X(BIO_ctrl)                          \
	X(BIO_set_flags)                     \
	X(BIO_clear_flags)                   \
	X(BIO_meth_new)                      \
	X(BIO_meth_free)                     \
	X(BIO_meth_get_read_ex)              \
	X(BIO_meth_set_read_ex)              \
	X(BIO_meth_get_write_ex)             \
	X(BIO_meth_set_write_ex)             \
	X(BIO_meth_get_puts)                 \
	X(BIO_meth_set_puts)                 \
	X(BIO_meth_get_gets)                 \
	X(BIO_meth_set_gets)                 \
	X(BIO_meth_get_ctrl)                 \
	X(BIO_meth_set_ctrl)                 \
	X(BIO_meth_get_create)               \
	X(BIO_meth_set_create)               \
	X(BIO_meth_get_destroy)              \
	X(BIO_meth_set_destroy)              \
	X(BIO_meth_get_callback_ctrl)        \
	X(BIO_meth_set_callback_ctrl)        \
	X(BIO_new)                           \
	X(BIO_up_ref)                        \
	X(BIO_read)                          \
	X(BIO_method_name)                   \
	X(BIO_s_null)                        \
	X(CRYPTO_get_ex_new_index)           \
	X(CRYPTO_get_ex_data)                \
	X(OpenSSL_version_num)               \
	X(ERR_set_mark)                      \
	X(ERR_pop_to_mark)                   \
	X(ERR_clear_error)                   \
	X(ERR_get_error_all)                 \
	X(ERR_new)                           \
	X(ERR_set_debug)                     \
	X(ERR_set_error)                     \
	X(ERR_put_error)                     \
	X(ERR_add_error_data)                \
	X(ERR_get_error_line_data)           \
	X(EVP_DigestSign)                    \
	X(EVP_PKEY_sign)                     \
	X(EVP_PKEY_derive)                   \
	X(EVP_PKEY_decrypt)                  \
	X(EVP_MD_CTX_get_pkey_ctx)           \
	X(EVP_PKEY_CTX_get0_pkey)            \
	X(EVP_PKEY_get_base_id)              \
	X(SSL_get_SSL_CTX)                   \
	X(EVP_PKEY_get_bits)                 \
	X(EVP_PKEY_is_a)                     \
	X(EVP_PKEY_get0_provider)            \
	X(EVP_PKEY_get0_engine)              \
	X(EVP_PKEY_get0_RSA)                 \
	X(EVP_PKEY_get0_EC_KEY)              \
	X(EVP_PKEY_CTX_get0_provider)        \
	X(EVP_PKEY_CTX_get0_libctx)          \
	X(OSSL_PROVIDER_get0_name)           \
	X(OSSL_LIB_CTX_set0_default)         \
	X(OSSL_LIB_CTX_get0_global_default)  \
	X(RSA_get_method)                    \
	X(RSA_PKCS1_OpenSSL)                 \
	X(EC_KEY_get_method)                 \
	X(EC_KEY_OpenSSL)

/* glibc's: found when the shim is loaded. One that the libc lacks stays NULL. */
#define ATLS_LIBC_FUNCTIONS(X) \
	X(close)               \
	X(read)                \
	X(recv)                \
	X(recvmsg)             \
	X(close_range)         \
	X(closefrom)           \
	X(dup)                 \
	X(dup2)                \
	X(dup3)                \
	X(pipe)                \
	X(pipe2)               \
	X(eventfd)             \
	X(write)               \
	X(writev)              \
	X(eventfd_write)       \
	X(epoll_ctl)           \
	X(epoll_wait)          \
	X(epoll_pwait)         \
	X(epoll_pwait2)        \
	X(poll)                \
	X(ppoll)               \
	X(select)              \
	X(pselect)

/* clang-format on */

/* The number of a function of OpenSSL: its place in the table. */
enum atls_real_number {
#define X(name) ATLS_REAL_##name,
	ATLS_OPENSSL_FUNCTIONS(X)
#undef X
		ATLS_OPENSSL_COUNT
};

struct atls_real {
#define X(name) __typeof__(&name) name;
	ATLS_OPENSSL_FUNCTIONS(X)
	ATLS_LIBC_FUNCTIONS(X)
#undef X
};

/* Written once by the functions below; read by all threads. */
extern struct atls_real atls_real;

/* The real function; glibc's are looked up on the way if a wrapper runs before our constructor. */
#define REAL(name) atls_real.name
#define REAL_LIBC(name) \
	(atls_real.name ? atls_real.name : (atls_real_resolve_libc(), atls_real.name))

void atls_real_resolve_libc(void);

/* The name of an OpenSSL function in the table. */
const char *atls_real_name(enum atls_real_number number);

/*
 * Look up those functions of OpenSSL that are not known yet, in the libraries that function, of
 * that number, belongs to. May be called again, for libssl. False, and nothing is looked up, if
 * those are another OpenSSL than the one that is known. One thread at a time.
 */
bool atls_real_resolve_openssl(enum atls_real_number number, void *function);

/* True if function, which is what some object calls by that number, is of the known OpenSSL. */
bool atls_real_has(enum atls_real_number number, const void *function);
