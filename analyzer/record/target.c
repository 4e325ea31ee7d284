/* SPDX-License-Identifier: Apache-2.0 */
/* The program that is to be recorded, inspected before it runs. */
#include "record/target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/log.h"
#include "record/executable.h"

static int read_at(int fd, off_t offset, void *buf, size_t size)
{
	return pread(fd, buf, size, offset) == (ssize_t)size ? 0 : -EIO;
}

/* The shim's own machine, from the program that we are. */
static int own_machine(void)
{
	ElfW(Ehdr) header;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int machine = EM_NONE;

	if (fd >= 0 && !read_at(fd, 0, &header, sizeof(header)))
		machine = header.e_machine;
	if (fd >= 0)
		close(fd);
	return machine;
}

/* The program's dynamic linker in buf: 1, or 0 if it has none, or -errno. */
static int interpreter(int fd, const ElfW(Ehdr) * header, char *buf, size_t size)
{
	for (int i = 0; i < header->e_phnum; i++) {
		ElfW(Phdr) segment;

		if (read_at(fd, header->e_phoff + (off_t)i * header->e_phentsize, &segment,
			    sizeof(segment)))
			return -EIO;
		if (segment.p_type != PT_INTERP)
			continue;
		if (!segment.p_filesz || segment.p_filesz > size ||
		    read_at(fd, segment.p_offset, buf, segment.p_filesz))
			return -EIO;
		buf[segment.p_filesz - 1] = '\0';
		return 1;
	}
	return 0;
}

/* Only linkers that are known to list libraries instead of running the program. */
static bool lists(const char *linker)
{
	const char *slash = strrchr(linker, '/');
	const char *name = slash ? slash + 1 : linker;

	return !strncmp(name, "ld-linux", 8) || !strncmp(name, "ld64.so", 7) ||
	       !strncmp(name, "ld-musl", 7);
}

/* The path of a line "\tlibssl.so.3 => /lib/libssl.so.3 (0x7f...)" if it is about that library. */
static void take_path(const char *line, const char *library, char *path, size_t size)
{
	const char *arrow = strstr(line, " => ");

	if (arrow && strstr(line, library) && strstr(line, library) < arrow)
		snprintf(path, size, "%.*s", (int)strcspn(arrow + 4, " \n"), arrow + 4);
}

/* Ask the program's dynamic linker for its libraries, found as they are when the program starts. */
static enum atls_linkage ask_linker(struct atls_target *t, char *linker)
{
	char *program = t->path;
	char *argv[] = { linker, "--list", program, NULL };
	char *library_path = NULL, *env[] = { NULL, NULL };
	enum atls_linkage linkage = ATLS_LINKED_NO_SSL;
	posix_spawn_file_actions_t actions;
	int out[2], status = -1;
	char line[4096];
	FILE *text;
	pid_t pid;

	if (getenv("LD_LIBRARY_PATH") &&
	    asprintf(&library_path, "LD_LIBRARY_PATH=%s", getenv("LD_LIBRARY_PATH")) > 0)
		env[0] = library_path;
	if (pipe2(out, O_CLOEXEC)) {
		free(library_path);
		return ATLS_LINKED_UNKNOWN;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, linker, &actions, NULL, argv, env))
		pid = -1;
	close(out[1]);
	text = fdopen(out[0], "r");
	while (text && fgets(line, sizeof(line), text)) {
		if (strstr(line, "libssl.so"))
			linkage = ATLS_LINKED_SSL;
		take_path(line, "libssl.so", t->libssl, sizeof(t->libssl));
		take_path(line, "libcrypto.so", t->libcrypto, sizeof(t->libcrypto));
	}
	if (text)
		fclose(text);
	if (pid > 0)
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&actions);
	free(library_path);
	return status == 0 ? linkage : ATLS_LINKED_UNKNOWN;
}

static enum atls_linkage judge(struct atls_target *t)
{
	enum atls_linkage linkage = ATLS_LINKED_UNKNOWN;
	ElfW(Ehdr) header;
	char linker[256];
	int fd = open(t->path, O_RDONLY | O_CLOEXEC), found;

	if (fd < 0)
		return linkage;
	if (read_at(fd, 0, &header, sizeof(header)) || memcmp(header.e_ident, ELFMAG, SELFMAG))
		goto out;
	if (header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    header.e_machine != own_machine()) {
		linkage = ATLS_LINKED_FOREIGN;
		goto out;
	}
	found = interpreter(fd, &header, linker, sizeof(linker));
	if (found == 0)
		linkage = ATLS_LINKED_STATIC;
	else if (found > 0 && lists(linker))
		linkage = ask_linker(t, linker);
out:
	close(fd);
	return linkage;
}

static bool gains_rights(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	return ((st.st_mode & S_ISUID) && st.st_uid != getuid()) ||
	       ((st.st_mode & S_ISGID) && st.st_gid != getgid()) ||
	       (getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0);
}

int atls_target_init(struct atls_target *t, const char *name)
{
	int err = atls_executable_find(name, t->path, sizeof(t->path));

	if (err == -ENOENT)
		atls_error("%s: no such program", name);
	else if (err)
		atls_error("%s: not executable", name);
	if (err)
		return err;
	t->libssl[0] = t->libcrypto[0] = '\0';
	t->linkage = judge(t);
	t->privileged = gains_rights(t->path);
	return 0;
}

const char *atls_target_obstacle(const struct atls_target *t)
{
	if (t->linkage == ATLS_LINKED_STATIC)
		return "is statically linked, so that nothing can be preloaded into it";
	if (t->linkage == ATLS_LINKED_FOREIGN)
		return "is built for another machine or word size than the shim";
	if (t->privileged)
		return "gains rights when run (setuid, setgid or capabilities), which forbids preloading";
	if (t->linkage == ATLS_LINKED_NO_SSL)
		return "is not linked to libssl, and nothing that has the shim loaded it; programs that "
		       "clear the environment of their children keep the shim from them";
	return NULL;
}
