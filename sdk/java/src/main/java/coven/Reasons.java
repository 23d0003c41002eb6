package coven;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What the system said, without what the caller says anyway. */
final class Reasons {
    private Reasons() {}

    static String of(IOException error) {
        if (error instanceof NoSuchFileException) return "there is no such file";
        if (error instanceof FileSystemException known && known.getReason() != null) return known.getReason();
        return error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    }
}
